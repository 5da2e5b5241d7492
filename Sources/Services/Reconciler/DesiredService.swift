public import ClusterModel
public import Proxy

/// A service as the node is to serve it.
public struct DesiredService: Sendable, Equatable {
    /// The service.
    public var service: Service
    /// Where its connections go; empty resets clients at once.
    public var backends: [Backend]
    /// Counts changes of this service's desired state; comes back in every report about it.
    public var generation: UInt64

    /// A wanted service.
    public init(service: Service, backends: [Backend], generation: UInt64) {
        self.service = service
        self.backends = backends
        self.generation = generation
    }

    /// Whether the other one needs the same listener and the same rule: only backends may differ.
    func isProgrammed(like other: DesiredService) -> Bool {
        service.portalIP == other.service.portalIP && service.port == other.service.port
            && service.transport == other.service.transport && service.proxyPort == other.service.proxyPort
    }
}

/// How far a service has got on this node.
public struct ServiceReport: Sendable, Equatable {
    /// The service.
    public var key: ObjectKey
    /// The generation the report is about: of the service as wanted last, or of its removal; 0 if neither is known.
    public var generation: UInt64
    /// `applied` once the listener is open and the rule in the kernel; `failed` with the next try; `removed` once neither
    /// rule nor listener is left.
    public var convergence: Convergence
    /// The port of the open listener.
    public var proxyPort: UInt16?
    /// How many backends connections are spread over.
    public var backends: Int

    /// A report.
    public init(
        key: ObjectKey, generation: UInt64, convergence: Convergence, proxyPort: UInt16? = nil, backends: Int = 0
    ) {
        self.key = key
        self.generation = generation
        self.convergence = convergence
        self.proxyPort = proxyPort
        self.backends = backends
    }
}

/// The state of the services of this node as a whole, for `STATUS=` and the watchdog.
public struct ServiceHealth: Sendable, Equatable {
    /// One sentence per thing that is not as it should be; empty when all is well.
    public var degraded: [String]
    /// Time since the loop last finished looking at the kernel, well or badly; `nil` before the first time. It stays below
    /// the longest back-off plus the deadlines of the commands of one look, unless the loop itself is stuck.
    public var sinceLastPass: Duration?

    /// A state.
    public init(degraded: [String], sinceLastPass: Duration?) {
        self.degraded = degraded
        self.sinceLastPass = sinceLastPass
    }
}
