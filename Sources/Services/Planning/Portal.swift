public import ClusterModel

/// The virtual address clients of a service connect to. It is on no interface: only a rule of the packet filter knows it.
public struct Portal: Sendable, Hashable {
    /// The service's `portalIP`.
    public var address: IPv4Address
    /// The service's `protocol`.
    public var transport: TransportProtocol
    /// The service's `port`, 1…65535.
    public var port: UInt16

    /// The portal at `address` and `port`.
    public init(address: IPv4Address, transport: TransportProtocol = .tcp, port: UInt16) {
        self.address = address
        self.transport = transport
        self.port = port
    }
}

extension Portal: CustomStringConvertible {
    /// `10.11.0.1:12345/tcp`.
    public var description: String { "\(address):\(port)/\(transport.rawValue.lowercased())" }
}

/// One rule of our chain: what is sent to a portal goes to the proxy's port on this node (reference §5.4).
public struct PortalRule: Sendable, Hashable {
    /// The service the rule is for.
    public var key: ObjectKey
    /// What the rule matches; no two rules match the same, so their order means nothing.
    public var portal: Portal
    /// The port of the service's listener, 1…65535.
    public var proxyPort: UInt16

    /// The rule that leads `portal` of service `key` to `proxyPort`.
    public init(key: ObjectKey, portal: Portal, proxyPort: UInt16) {
        self.key = key
        self.portal = portal
        self.proxyPort = proxyPort
    }

    /// What `iptables` shows beside the rule: the service's bare name, as kube-proxy wrote it. It identifies nothing, because
    /// two namespaces may use one name (reference §9, trap 3).
    public var comment: String { key.name }
}
