/// What a pod runs: containers, the volumes they mount, and what happens when one ends (reference §1.3).
public struct ContainerManifest: Sendable, Equatable {
    /// `v1beta1` or `v1beta2`; empty only in a state nobody wrote.
    public var version: String
    /// The pod's name.
    public var id: String
    /// The identity of this incarnation; empty where nobody gave one.
    public var uuid: String
    /// What the containers may mount; names are unique.
    public var volumes: [Volume]
    /// Started in this order; may be empty.
    public var containers: [Container]
    /// One for all containers.
    public var restartPolicy: RestartPolicy

    /// A manifest; what is not given is empty.
    public init(
        version: String = "", id: String = "", uuid: String = "", volumes: [Volume] = [], containers: [Container] = [],
        restartPolicy: RestartPolicy = .always
    ) {
        self.version = version
        self.id = id
        self.uuid = uuid
        self.volumes = volumes
        self.containers = containers
        self.restartPolicy = restartPolicy
    }
}

/// What happens when a container ends (reference §2.5).
public enum RestartPolicy: String, Sendable, Hashable, CaseIterable {
    case always
    /// Started again unless it exited with 0.
    case onFailure
    case never
}

/// When an image is pulled (reference §2.9).
public enum ImagePullPolicy: String, Sendable, Hashable, CaseIterable {
    case always = "PullAlways"
    case never = "PullNever"
    case ifNotPresent = "PullIfNotPresent"
}

/// One container of a pod (reference §1.4).
public struct Container: Sendable, Equatable {
    /// A DNS label, unique in the pod.
    public var name: String
    /// The image's reference as `docker pull` takes it; never empty.
    public var image: String
    /// The arguments given to the image's entry point; empty keeps the image's own.
    public var command: [String]
    /// Empty keeps the image's own.
    public var workingDir: String
    /// Names are unique in the container, `hostPort`s in the pod.
    public var ports: [ContainerPort]
    /// In order; a later entry of the same name wins.
    public var env: [EnvVar]
    /// Bytes; 0 is unlimited.
    public var memory: Int64
    /// Thousandths of a core; 0 is unset.
    public var cpu: Int64
    /// Each names a volume of the pod.
    public var volumeMounts: [VolumeMount]
    /// `nil` when nothing is probed.
    public var livenessProbe: LivenessProbe?
    /// `nil` when nothing runs around start and stop.
    public var lifecycle: Lifecycle?
    /// Path inside the container whose content becomes the termination message.
    public var terminationMessagePath: String
    /// Refused unless the node allows it.
    public var privileged: Bool
    /// As written; empty means the node's default. Compare through `pullPolicy`.
    public var imagePullPolicy: String

    /// A container; what is not given is empty.
    public init(
        name: String, image: String, command: [String] = [], workingDir: String = "", ports: [ContainerPort] = [],
        env: [EnvVar] = [], memory: Int64 = 0, cpu: Int64 = 0, volumeMounts: [VolumeMount] = [],
        livenessProbe: LivenessProbe? = nil, lifecycle: Lifecycle? = nil, terminationMessagePath: String = "",
        privileged: Bool = false, imagePullPolicy: String = ""
    ) {
        self.name = name
        self.image = image
        self.command = command
        self.workingDir = workingDir
        self.ports = ports
        self.env = env
        self.memory = memory
        self.cpu = cpu
        self.volumeMounts = volumeMounts
        self.livenessProbe = livenessProbe
        self.lifecycle = lifecycle
        self.terminationMessagePath = terminationMessagePath
        self.privileged = privileged
        self.imagePullPolicy = imagePullPolicy
    }
}

/// A port of a container.
public struct ContainerPort: Sendable, Equatable {
    /// A DNS label, unique within the container; empty for none.
    public var name: String
    /// The node's port that leads here; 0 publishes nothing.
    public var hostPort: Int
    /// 1…65535.
    public var containerPort: Int
    /// TCP where none is written.
    public var transport: TransportProtocol
    /// The node's address `hostPort` is bound on; empty is all of them.
    public var hostIP: String

    /// A port; published only when `hostPort` is given.
    public init(
        name: String = "", hostPort: Int = 0, containerPort: Int, transport: TransportProtocol = .tcp,
        hostIP: String = ""
    ) {
        self.name = name
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
        self.hostIP = hostIP
    }
}

/// One variable of a container's environment.
public struct EnvVar: Sendable, Equatable {
    /// A C identifier.
    public var name: String
    /// May be empty; holds no NUL.
    public var value: String

    /// `name=value`.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Where a volume appears in a container.
public struct VolumeMount: Sendable, Equatable {
    /// The volume's name in the pod.
    public var name: String
    /// Whether the container may only read it.
    public var readOnly: Bool
    /// Absolute path in the container.
    public var mountPath: String

    /// A mount of volume `name` at `mountPath`.
    public init(name: String, readOnly: Bool = false, mountPath: String) {
        self.name = name
        self.readOnly = readOnly
        self.mountPath = mountPath
    }
}

/// A named piece of storage the containers of a pod share.
public struct Volume: Sendable, Equatable {
    /// Where the storage is.
    public enum Source: Sendable, Equatable {
        /// A directory that lives as long as the pod; also what an absent source means.
        case emptyDir
        /// A directory of the node.
        case hostDir(path: String)
        /// A disk of a cloud: decoded and validated, refused by a node without one.
        case persistentDisk(pdName: String, fsType: String, partition: Int, readOnly: Bool)
        /// A clone of a git repository: decoded and validated, not run yet.
        case gitRepo(repository: String, revision: String)
    }

    /// A DNS label, unique in the pod.
    public var name: String
    /// What is behind the name.
    public var source: Source

    /// A volume.
    public init(name: String, source: Source) {
        self.name = name
        self.source = source
    }
}

/// How to tell that a running container is stuck (reference §1.5).
public struct LivenessProbe: Sendable, Equatable {
    /// What is asked; the first that is given counts, in the order exec, httpGet, tcpSocket.
    public enum Check: Sendable, Equatable {
        case exec(command: [String])
        case httpGet(HTTPGetAction)
        case tcpSocket(port: PortReference?)
    }

    /// `nil` where the manifest names none that is known.
    public var check: Check?
    /// Seconds after the container's creation before the first check.
    public var initialDelaySeconds: Int64

    /// A probe.
    public init(check: Check?, initialDelaySeconds: Int64 = 0) {
        self.check = check
        self.initialDelaySeconds = initialDelaySeconds
    }
}

/// An HTTP GET of a probe or a hook.
public struct HTTPGetAction: Sendable, Equatable {
    /// The URL's path; probes may leave it empty, hooks may not.
    public var path: String
    /// `nil` is HTTP's own, 80.
    public var port: PortReference?
    /// Empty is the pod's own address.
    public var host: String

    /// A GET of `path`.
    public init(path: String = "", port: PortReference? = nil, host: String = "") {
        self.path = path
        self.port = port
        self.host = host
    }
}

/// What runs right after a container's start and right before its stop (reference §1.5).
public struct Lifecycle: Sendable, Equatable {
    /// Exactly one of the two.
    public enum Handler: Sendable, Equatable {
        case exec(command: [String])
        case httpGet(HTTPGetAction)
    }

    /// Right after the start; its failure stops the container.
    public var postStart: Handler?
    /// Stored and never run (reference §1.5).
    public var preStop: Handler?

    /// A lifecycle.
    public init(postStart: Handler? = nil, preStop: Handler? = nil) {
        self.postStart = postStart
        self.preStop = preStop
    }
}
