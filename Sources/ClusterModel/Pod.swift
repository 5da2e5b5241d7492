/// A v1beta1 pod: containers that share a network and live and die together (reference §1.2).
public struct Pod: Sendable, Equatable {
    /// `id` is a DNS subdomain.
    public var meta: ObjectMeta
    /// What services and people select the pod by.
    public var labels: [String: String]
    /// What is wanted; only `manifest` matters on input.
    @Boxed public var desiredState: PodState
    /// What is observed; filled by whoever answers, ignored on input.
    @Boxed public var currentState: PodState
    /// Labels a node must have to be given this pod; the master's business.
    public var nodeSelector: [String: String]

    /// A pod; what is not given is empty.
    public init(
        meta: ObjectMeta, labels: [String: String] = [:], desiredState: PodState, currentState: PodState = PodState(),
        nodeSelector: [String: String] = [:]
    ) {
        self.meta = meta
        self.labels = labels
        self.desiredState = desiredState
        self.currentState = currentState
        self.nodeSelector = nodeSelector
    }

    /// What identifies this pod.
    public var key: ObjectKey { ObjectKey(kind: .pod, namespace: meta.namespace, name: meta.name) }
    /// The containers and volumes wanted.
    public var manifest: ContainerManifest { desiredState.manifest }
}

/// The state of a pod as v1beta1 shows it.
public enum PodStatus: String, Sendable, Hashable {
    case waiting = "Waiting"
    case running = "Running"
    case terminated = "Terminated"
}

/// Half of a pod: what is wanted of it, or what is seen of it (reference §1.2 "PodState").
public struct PodState: Sendable, Equatable {
    /// Containers, volumes and restart policy.
    public var manifest: ContainerManifest
    /// `nil` where nothing is known.
    public var status: PodStatus?
    /// Why, in words; empty when there is nothing to say.
    public var message: String
    /// The node's name.
    public var host: String
    /// The node's address.
    public var hostIP: String
    /// The pod's own address.
    public var podIP: String
    /// State per container; the network container is called `net`.
    public var info: [String: ContainerStatus]

    /// A state; what is not given is empty.
    public init(
        manifest: ContainerManifest = ContainerManifest(), status: PodStatus? = nil, message: String = "",
        host: String = "", hostIP: String = "", podIP: String = "", info: [String: ContainerStatus] = [:]
    ) {
        self.manifest = manifest
        self.status = status
        self.message = message
        self.host = host
        self.hostIP = hostIP
        self.podIP = podIP
        self.info = info
    }
}

/// What is seen of one container (reference §1.2 "ContainerStatus"). Times are RFC 3339.
public struct ContainerStatus: Sendable, Equatable {
    /// Exactly one of the three states a container can be in.
    public enum State: Sendable, Equatable {
        /// Not started; `reason` says why (`ContainerCreating`, `ErrImagePull`, `CrashLoopBackOff` …).
        case waiting(reason: String)
        case running(startedAt: String)
        case terminated(
            exitCode: Int, signal: Int = 0, reason: String = "", message: String = "", startedAt: String,
            finishedAt: String)
    }

    /// The current state.
    public var state: State
    /// How many instances of this container came before the current one.
    public var restartCount: Int
    /// The pod's address; only on `net`.
    public var podIP: String
    /// The image the manifest names.
    public var image: String

    /// A status of one container.
    public init(state: State, restartCount: Int = 0, podIP: String = "", image: String = "") {
        self.state = state
        self.restartCount = restartCount
        self.podIP = podIP
        self.image = image
    }
}
