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
    /// Since a comparison with the engine last ended, well or badly; `nil` before the first. It stays below
    /// `PodLimits.comparison` plus the deadlines of one comparison's calls, unless the loop itself is stuck.
    public var sinceLastComparison: Duration?
    /// One sentence for each thing that is wrong; empty when all is well. An engine that fails once, as over its restart, is
    /// not told of.
    public var degraded: [String]
    /// Why no container can be started now, whatever pod wants it: the engine does not answer. Those that run may run on.
    public var engineTrouble: String?
}
