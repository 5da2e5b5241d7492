public import ClusterModel

/// A pod that some source wants on this node.
public struct DesiredPod: Sendable, Equatable {
    /// What is wanted; only its name, namespace and manifest matter here.
    public var pod: Pod
    /// Who wants it: `master`, `file` …
    public var source: String
    /// The identity of this incarnation of the name, never empty: another uid is another pod, with new volumes.
    public var uid: String
    /// Counts the changes of the object; reports carry it back.
    public var generation: UInt64

    /// A wanted pod.
    public init(pod: Pod, source: String, uid: String, generation: UInt64) {
        self.pod = pod
        self.source = source
        self.uid = uid
        self.generation = generation
    }
}

/// What became of a wanted pod. Sent when something in it changed, never else.
public struct PodReport: Sendable, Equatable {
    /// Which pod.
    public var key: ObjectKey
    /// Which incarnation of it.
    public var uid: String
    /// The newest generation that was wanted when this was seen.
    public var generation: UInt64
    /// The pod's `currentState`, less `host` and `hostIP`, which are the node's business.
    public var state: PodState
    /// How far it has got.
    public var convergence: Convergence

    /// Made by the reconciler.
    public init(key: ObjectKey, uid: String, generation: UInt64, state: PodState, convergence: Convergence) {
        self.key = key
        self.uid = uid
        self.generation = generation
        self.state = state
        self.convergence = convergence
    }
}

/// How the pods' side of the agent is.
public struct PodHealth: Sendable, Equatable {
    /// The last comparison with the engine succeeded. `false` before the first one too.
    public var isReachable: Bool
    /// The engine's own words, or those of whoever could not ask it, since it is not reachable.
    public var trouble: String?
    /// How long it has not been reachable.
    public var unreachableFor: Duration?
    /// The oldest call of the engine under way, and its age; pulls do not count.
    public var oldestCall: String?
    /// Age of `oldestCall`.
    public var oldestCallAge: Duration?
    /// Since the last comparison that succeeded; `nil` before the first.
    public var lastComparison: Duration?
    /// Wanted pods.
    public var pods: Int
    /// One sentence for each thing that is wrong; empty when all is well.
    public var degraded: [String]
}
