import ClusterModel

/// All that a decision about one pod is taken from.
struct PodSituation {
    var key: ObjectKey
    /// `nil` when nothing of the pod is wanted any more.
    var blueprint: PodBlueprint?
    /// Every container labelled with the pod's name and namespace, whatever its uid.
    var observed: [ObservedContainer]
    var memory: PodMemory
    /// Why nothing may be started.
    var obstacle: PodObstacle?
    /// The engine's image of network containers.
    var networkImage: String
    /// Whether what runs may be ended: not before the picture of what is wanted is complete.
    var mayStop: Bool
    var now: Duration
}

/// One thing to do about a pod. The order of a plan's actions matters.
enum PodAction: Equatable {
    /// Makes the folders of the `emptyDir` volumes that are not there.
    case makeVolumes
    /// Has an image brought; the answer comes later.
    case fetch(image: String, container: String)
    /// Makes and starts an instance. When it fails for the network container the rest of the plan is void.
    case start(container: String, attempt: Int)
    /// Tells containers to end.
    case signal([ObservedContainer], signal: String, purpose: StopPurpose)
    case remove([ObservedContainer])
    /// Deletes the volume folder of an incarnation.
    case removeVolumes(uid: String)
}

/// How far a pod has got, with the moment of the next try instead of the time to it.
enum PodVerdict: Equatable {
    case pending
    case applied
    case failed(reason: String, message: String, retryAt: Duration?)
    case removed
}

/// What to do about one pod now, when to look again, and what to say meanwhile.
struct PodPlan: Equatable {
    var actions: [PodAction]
    /// `nil` when only a change can make a difference.
    var wakeAt: Duration?
    var state: PodState
    var verdict: PodVerdict
}

/// Where one container of a pod stands: what the report is made from.
enum Standing: Equatable {
    case running(ObservedContainer)
    /// A start of this plan.
    case starting
    /// Not running; `isFailure` when something went wrong.
    case waiting(reason: String, message: String = "", retryAt: Duration? = nil, isFailure: Bool = false)
    /// Ended, and the restart policy leaves it so.
    case ended(ObservedContainer, ObservedContainer.Exit)
    /// Being ended by us.
    case ending(ObservedContainer)
}
