import APIClient

/// `rm NAME`: removes a controller that wants no pods. Prints nothing.
struct Remove: Command {
    let controller: Controller

    init(_ words: [String]) throws(Fatal) { controller = try Controller(words) }

    func run(_ context: Context) async throws {
        try await context.withController { session in
            let stored = try await session.client.get(
                .replicationControllers, controller.name, namespace: session.namespace)
            let replicas = stored.object("desiredState").int("replicas")
            guard replicas == 0 else {
                throw Fatal("Error: controller has non-zero replicas (\(replicas)), please stop it first")
            }
            _ = try await session.client.delete(
                .replicationControllers, controller.name, namespace: session.namespace)
        }
    }
}
