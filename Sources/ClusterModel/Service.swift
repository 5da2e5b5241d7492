/// The transport of a port.
public enum TransportProtocol: String, Sendable, Hashable, CaseIterable {
    case tcp = "TCP"
    case udp = "UDP"
}

/// A port given as a number or as the name of a container's port (reference §1.0 "IntOrString").
public enum PortReference: Sendable, Hashable {
    case number(Int)
    /// Never the empty string: an empty reference is the absence of one.
    case name(String)
}

/// A v1beta1 service: a portal IP and port that stand for the pods its selector matches (reference §1.1).
public struct Service: Sendable, Equatable {
    /// `id` is a DNS-952 label of at most 24 characters.
    public var meta: ObjectMeta
    /// The portal's port, 1…65535.
    public var port: Int
    /// The portal's transport; absent means TCP.
    public var transport: TransportProtocol
    /// Labels of the service itself.
    public var labels: [String: String]
    /// Pods carrying all of these labels are the service's endpoints; never empty.
    public var selector: [String: String]
    /// Asks for a load balancer of a cloud; we have none.
    public var createExternalLoadBalancer: Bool
    /// Addresses beside the portal IP (0.5).
    public var publicIPs: [String]
    /// The pods' port; `nil` means the first port of the first container.
    public var containerPort: PortReference?
    /// The virtual IPv4 address; empty where none was allocated yet.
    public var portalIP: String
    /// The proxy's own port; 0 lets the agent pick a random one.
    public var proxyPort: Int

    /// A service; what is not given has the default of §1.1.
    public init(
        meta: ObjectMeta, port: Int, transport: TransportProtocol = .tcp, labels: [String: String] = [:],
        selector: [String: String], createExternalLoadBalancer: Bool = false, publicIPs: [String] = [],
        containerPort: PortReference? = nil, portalIP: String = "", proxyPort: Int = 0
    ) {
        self.meta = meta
        self.port = port
        self.transport = transport
        self.labels = labels
        self.selector = selector
        self.createExternalLoadBalancer = createExternalLoadBalancer
        self.publicIPs = publicIPs
        self.containerPort = containerPort
        self.portalIP = portalIP
        self.proxyPort = proxyPort
    }

    /// What identifies this service.
    public var key: ObjectKey { ObjectKey(kind: .service, namespace: meta.namespace, name: meta.name) }
}

/// A v1beta1 endpoints object: where the service of the same name and namespace is answered (reference §1.6).
public struct Endpoints: Sendable, Equatable {
    /// `id` is the service's.
    public var meta: ObjectMeta
    /// `"ip:port"` each, in the order they were given.
    public var endpoints: [String]

    /// The endpoints of the service called as `meta` says.
    public init(meta: ObjectMeta, endpoints: [String]) {
        self.meta = meta
        self.endpoints = endpoints
    }

    /// What identifies this object.
    public var key: ObjectKey { ObjectKey(kind: .endpoints, namespace: meta.namespace, name: meta.name) }
}
