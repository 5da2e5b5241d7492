public import ClusterModel

/// One change of what the master knows of the cluster.
public indirect enum ClusterChange: Sendable, Equatable {
    /// The object was made or replaced; pods come with the current state they were stored with, see `podStatus`.
    case put(APIObject)
    /// The object was removed at `revision`; `last` is what it was.
    case removed(last: APIObject, revision: UInt64)
    /// What the pod's minion says of it. May come for a pod that is not known yet or any more.
    case podStatus(ObjectRef, PodState)
    /// A minion has nothing left of a pod that it had run.
    case podGone(ObjectRef, minion: String)
    /// What is known of the minion of that name.
    case minionCondition(String, MinionCondition)
    /// So many documents of the kind cannot be read, and nothing is known of their objects: they may be wanted all the same.
    case damaged(APIKind, Int)
    /// Everything there was at the beginning has been told.
    case synced
}

/// How a minion is, as far as the master knows.
public struct MinionCondition: Sendable, Equatable {
    /// Whether pods may be given to it.
    public enum Standing: Sendable, Equatable {
        /// It answers and takes pods.
        case ready
        /// It answers and its pods run on; it says in a word and a sentence why it can take no others now.
        case unschedulable(reason: String, message: String)
        /// It answers and says in a word and a sentence why its pods do not.
        case notReady(reason: String, message: String)
        /// It has not answered since `lastSeen`.
        case unreachable
    }

    /// Whether pods may be given to it.
    public var standing: Standing
    /// When it last answered, by the master's monotonic clock (`MonotonicTime.now`); `nil` for not since the master began.
    public var lastSeen: Duration?

    /// A condition.
    public init(_ standing: Standing, lastSeen: Duration?) {
        self.standing = standing
        self.lastSeen = lastSeen
    }
}
