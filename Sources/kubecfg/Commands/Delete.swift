import APIClient

/// `delete pods/apache-1`
struct Delete: Command {
    let target: NamedResource

    init(_ words: [String]) throws(Fatal) { target = try NamedResource(words, .object) }

    func run(_ context: Context) async throws {
        try await context.printAnswer {
            try await $0.client.delete(target.resource, target.name, namespace: $0.namespace)
        }
    }
}
