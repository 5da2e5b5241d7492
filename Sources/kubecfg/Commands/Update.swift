import APIClient
import ClusterModel

/// `-c FILE update pods/apache-1`
struct Update: Command {
    let target: NamedResource

    init(_ words: [String]) throws(Fatal) { target = try NamedResource(words, .object) }

    /// The version is the stored object's, whatever the file says: a server takes an update without one for a create
    /// (reference §6.2).
    func run(_ context: Context) async throws {
        try await context.printAnswer { session in
            let stored: JSONObject
            do {
                stored = try await session.client.get(target.resource, target.name, namespace: session.namespace)
            } catch {
                throw Fatal("error obtaining resource version for update: \(error)")
            }
            var newer = try await context.configured(target.resource.pathName)
            newer["resourceVersion"] = stored["resourceVersion"]
            return try await session.client.update(
                newer, target.name, in: target.resource, namespace: session.namespace)
        }
    }
}
