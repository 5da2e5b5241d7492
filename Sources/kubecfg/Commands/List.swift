import APIClient

/// `list pods`
struct List: Command {
    let target: NamedResource

    init(_ words: [String]) throws(Fatal) { target = try NamedResource(words, .collection) }

    func run(_ context: Context) async throws {
        let options = context.options
        try await context.printAnswer {
            try await $0.client.list(
                target.resource, namespace: $0.namespace, labels: options.labels, fields: options.fields)
        }
    }
}
