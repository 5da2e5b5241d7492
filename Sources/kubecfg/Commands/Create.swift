import APIClient

/// `-c FILE create pods`
struct Create: Command {
    let target: NamedResource

    init(_ words: [String]) throws(Fatal) { target = try NamedResource(words, .collection) }

    func run(_ context: Context) async throws {
        let object = try await context.configured(target.resource.pathName)
        try await context.printAnswer {
            try await $0.client.create(object, in: target.resource, namespace: $0.namespace)
        }
    }
}
