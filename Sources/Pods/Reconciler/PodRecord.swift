import ClusterModel

/// What is known of one pod name: wanted, there, or both.
struct PodRecord {
    /// A look that is due before the next decision.
    enum Look: Equatable {
        /// What is known is true.
        case none
        /// At these containers alone.
        case at(Set<String>)
        /// At everything labelled with the pod: something may be there that we do not know.
        case all

        func and(_ other: Look) -> Look {
            switch (self, other) {
            case (.none, let look), (let look, .none): look
            case (.all, _), (_, .all): .all
            case (.at(let left), .at(let right)): .at(left.union(right))
            }
        }
    }

    /// What was last told to the agent.
    struct Told: Equatable {
        var generation: UInt64
        var uid: String
        var state: PodState
        var verdict: PodVerdict
    }

    /// `nil` when it is to go, or when nobody ever wanted it.
    var blueprint: PodBlueprint?
    /// The newest incarnation that was wanted, and the generation of the newest change, its removal included.
    var uid = ""
    var generation: UInt64 = 0
    /// When something that nobody wants is removed; `nil` while the picture is not complete.
    var strayUntil: Duration?
    /// Nobody told of it since we started: it has our mark, and that is all.
    var isStray = false
    /// What of the manifest this node cannot or may not run.
    var obstacle: PodObstacle?

    var observed: [ObservedContainer] = []
    var memory = PodMemory()
    var told: Told?

    /// Whether its worker is under way.
    var isWorking = false
    /// Whether the worker has to go round once more.
    var isDue = false
    var look = Look.none
    /// Events that are not shown by `observed` yet, as far as we know.
    var hints: [RuntimeEvent] = []
    var isHintDelayed = false
    /// The engine did not answer the last time; the next comparison that succeeds sets the worker going again.
    var isStalled = false
    /// Grows with everything that is learned or wanted, so that an answer knows whether it is still about now.
    var version: UInt64 = 0
    var wake: Task<Void, Never>?
    /// The incarnation whose unsupported fields were already warned of.
    var warnedUID: String?

    /// Whether something of it runs, or may.
    var isAlive: Bool { observed.contains { $0.isRunning || $0.isUnknown } }

    /// The ports of the node it is to have; none when it can never run and nothing of it does; `nil` when it is not wanted.
    var portsToClaim: [PublishedPort]? {
        guard let manifest = blueprint?.desired.pod.manifest else { return nil }
        return obstacle != nil && !isAlive ? [] : PodBlueprint.publishedPorts(manifest)
    }

    /// The reason told of a pod that waits for the engine alone.
    static let unreachable = "RuntimeUnreachable"

    /// What of the pod itself is not as wanted, in words, as it was told last.
    var failure: String? {
        guard case .failed(let reason, let message, _)? = told?.verdict, reason != Self.unreachable else { return nil }
        return "\(reason): \(message)"
    }

    /// What `event` tells is known already.
    func shows(_ event: RuntimeEvent) -> Bool {
        let container = observed.first { $0.id == event.id }
        switch event.kind {
        case .started: return container?.isRunning ?? false
        case .died: return container?.exit != nil
        case .removed: return container == nil
        }
    }
}
