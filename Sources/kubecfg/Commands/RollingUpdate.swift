import APIClient
import ClusterModel

/// `rollingupdate NAME`: lets the controller replace every pod, one after the other.
struct RollingUpdate: Command {
    /// Between two looks at the pods.
    private static let lookInterval = Duration.seconds(5)
    /// How long all pods may take to be there again.
    private static let deadline = Duration.seconds(300)

    let controller: Controller

    init(_ words: [String]) throws(Fatal) { controller = try Controller(words) }

    func run(_ context: Context) async throws {
        try await context.withController { session in
            let selector = try await selector(session, image: context.options.image)
            let pods = try await pods(session, selector)
            for pod in pods {
                _ = try await session.client.delete(.pods, pod, namespace: session.namespace)
                try await context.surroundings.clock.sleep(for: context.options.updatePeriod)
            }
            guard !pods.isEmpty else { return }
            for _ in 0..<Int(Self.deadline / Self.lookInterval) {
                try await context.surroundings.clock.sleep(for: Self.lookInterval)
                if try await self.pods(session, selector).count == pods.count { return }
            }
            throw Fatal("Error: timed out waiting for the condition")
        }
    }

    /// What the controller selects its pods by, after its template has been given `image`, if that is not empty.
    private func selector(_ session: Session, image: String) async throws -> String {
        var stored = try await session.client.get(
            .replicationControllers, controller.name, namespace: session.namespace)
        if !image.isEmpty {
            let path = ["desiredState", "podTemplate", "desiredState", "manifest"]
            let manifest = path.reduce(stored) { $0.object($1) }
            var containers = manifest.objects("containers")
            guard !containers.isEmpty else { throw Fatal("Error: the controller's template has no container") }
            containers[0]["image"] = .string(image)
            stored = stored.setting(path + ["containers"], to: .array(containers.map { .object($0) }))
            stored = try await session.client.update(
                stored, controller.name, in: .replicationControllers, namespace: session.namespace)
        }
        let labels = stored.object("desiredState").object("replicaSelector")
        return labels.members.map { "\($0.key)=\(labels.string($0.key))" }.sorted().joined(separator: ",")
    }

    private func pods(_ session: Session, _ selector: String) async throws(APIError) -> [String] {
        let list = try await session.client.list(.pods, namespace: session.namespace, labels: selector)
        return list.objects("items").map { $0.string("id") }
    }
}
