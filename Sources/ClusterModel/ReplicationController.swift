/// A v1beta1 replication controller: how many pods of a template there are to be (reference §1.7).
public struct ReplicationController: Sendable, Equatable {
    /// `id` is a DNS subdomain.
    public var meta: ObjectMeta
    /// What is wanted.
    public var desiredState: ReplicationState
    /// How many pods match; filled by whoever answers, ignored on input.
    public var currentReplicas: Int
    /// Labels of the controller itself.
    public var labels: [String: String]

    /// A controller.
    public init(
        meta: ObjectMeta, desiredState: ReplicationState, currentReplicas: Int = 0, labels: [String: String] = [:]
    ) {
        self.meta = meta
        self.desiredState = desiredState
        self.currentReplicas = currentReplicas
        self.labels = labels
    }
}

/// What a replication controller wants.
public struct ReplicationState: Sendable, Equatable {
    /// How many pods, 0 or more.
    public var replicas: Int
    /// Pods carrying all of these labels are the controller's; never empty.
    public var replicaSelector: [String: String]
    /// What a new pod is made from; its labels match `replicaSelector`.
    public var podTemplate: PodTemplate

    /// A wish for `replicas` pods.
    public init(replicas: Int = 0, replicaSelector: [String: String] = [:], podTemplate: PodTemplate = PodTemplate()) {
        self.replicas = replicas
        self.replicaSelector = replicaSelector
        self.podTemplate = podTemplate
    }
}

/// What a replication controller makes its pods from.
public struct PodTemplate: Sendable, Equatable {
    /// Containers, volumes and restart policy; what `id` and `uuid` say means nothing, each pod gets its own.
    public var manifest: ContainerManifest
    /// The node labels each pod asks for.
    public var nodeSelector: [String: String]
    /// The labels each pod gets.
    public var labels: [String: String]

    /// A template; what is not given is empty.
    public init(
        manifest: ContainerManifest = ContainerManifest(), nodeSelector: [String: String] = [:],
        labels: [String: String] = [:]
    ) {
        self.manifest = manifest
        self.nodeSelector = nodeSelector
        self.labels = labels
    }
}
