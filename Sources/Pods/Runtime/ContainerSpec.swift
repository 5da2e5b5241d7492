public import ClusterModel

/// What our containers are labelled with. The labels are the database: after a restart of the agent they are all that
/// is known, so they name everything a container is compared by.
public struct ContainerLabels: Sendable, Equatable {
    /// The pod's name.
    public var pod: String
    /// The pod's namespace.
    public var namespace: String
    /// The pod's incarnation.
    public var uid: String
    /// The container's name in the pod; `net` is the network container.
    public var container: String
    /// What the container was made from, see `ContainerHash`.
    public var hash: String
    /// Who wanted the pod when the container was made.
    public var source: String
    /// How many instances of this container came before it.
    public var attempt: Int

    /// The name of the container that holds the pod's network (reference §2.6).
    public static let network = "net"

    /// Labels.
    public init(
        pod: String, namespace: String, uid: String, container: String, hash: String, source: String, attempt: Int
    ) {
        self.pod = pod
        self.namespace = namespace
        self.uid = uid
        self.container = container
        self.hash = hash
        self.source = source
        self.attempt = attempt
    }

    /// The pod they name.
    public var key: ObjectKey { ObjectKey(kind: .pod, namespace: namespace, name: pod) }
    /// Whether this is the pod's network container.
    public var isNetwork: Bool { container == Self.network }
}

/// A container the engine is to make and start.
public struct ContainerSpec: Sendable, Equatable {
    /// The network a container lives in.
    public enum Network: Sendable, Equatable {
        /// One of its own, with an address the engine gives: out of the pod network's subnet where there is one
        /// (`ContainerRuntime.prepare`), out of the engine's default network else.
        case own(hostname: String, ports: [PublishedPort], subnet: IPv4Network? = nil)
        /// That of the container with this name or id.
        case shared(with: String)
    }

    /// Where output goes.
    public enum Log: Sendable, Equatable {
        /// journald, with the labels as fields.
        case journal
        /// Files of the engine, bounded in size.
        case files
    }

    /// Unique on the engine, in its character set.
    public var name: String
    /// Beside the owner's mark, which the runtime adds.
    public var labels: ContainerLabels
    /// As the engine knows it; it must be there.
    public var image: String
    /// Given to the image's entry point; empty keeps the image's own.
    public var arguments: [String]
    /// Empty keeps the image's own.
    public var workingDirectory: String
    /// No name twice.
    public var environment: [EnvVar]
    /// Bytes; 0 is unlimited.
    public var memory: Int64
    /// 2…262,144, of 1,024 for one core; `nil` leaves the engine's default.
    public var cpuShares: Int64?
    /// Whether it has every right of the node's root. The caller has asked whether it may.
    public var privileged: Bool
    /// No target twice.
    public var binds: [Bind]
    /// The network it lives in.
    public var network: Network
    /// Where its output goes.
    public var log: Log

    /// A container; what is not given is empty.
    public init(
        name: String, labels: ContainerLabels, image: String, arguments: [String] = [], workingDirectory: String = "",
        environment: [EnvVar] = [], memory: Int64 = 0, cpuShares: Int64? = nil, privileged: Bool = false,
        binds: [Bind] = [], network: Network, log: Log
    ) {
        self.name = name
        self.labels = labels
        self.image = image
        self.arguments = arguments
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.memory = memory
        self.cpuShares = cpuShares
        self.privileged = privileged
        self.binds = binds
        self.network = network
        self.log = log
    }
}

/// A port of the node that leads to a pod.
public struct PublishedPort: Sendable, Hashable {
    /// The node's address; empty is all of them.
    public var hostIP: String
    /// 1…65535.
    public var hostPort: Int
    /// 1…65535.
    public var containerPort: Int
    /// TCP and UDP ports of one number are two ports.
    public var transport: TransportProtocol

    /// A published port.
    public init(hostIP: String = "", hostPort: Int, containerPort: Int, transport: TransportProtocol = .tcp) {
        self.hostIP = hostIP
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }
}

/// A directory of the node inside a container.
public struct Bind: Sendable, Equatable {
    /// Absolute; made by the engine if it is not there.
    public var source: String
    /// Absolute, in the container.
    public var target: String
    /// Whether the container may not write there.
    public var readOnly: Bool

    /// A bind mount.
    public init(source: String, target: String, readOnly: Bool = false) {
        self.source = source
        self.target = target
        self.readOnly = readOnly
    }
}
