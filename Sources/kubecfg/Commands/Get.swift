import APIClient

/// `get pods/apache-1`
struct Get: Command {
    let target: NamedResource

    init(_ words: [String]) throws(Fatal) { target = try NamedResource(words, .object) }

    func run(_ context: Context) async throws {
        try await context.printAnswer {
            try await $0.client.get(target.resource, target.name, namespace: $0.namespace)
        }
    }
}
