public import ClusterModel

/// A route to a peer's pods, as the kernel holds it and as we want it.
public struct PeerRoute: Sendable, Hashable {
    /// Where the peer's pods live.
    public var network: IPv4Network
    /// The peer's own address.
    public var gateway: IPv4Address
    /// The name of the interface it is reached by.
    public var device: String

    /// A route.
    public init(network: IPv4Network, gateway: IPv4Address, device: String) {
        self.network = network
        self.gateway = gateway
        self.device = device
    }
}

extension PeerRoute: CustomStringConvertible {
    /// `10.244.2.0/24 via 172.16.213.141 dev eth0`, as ip-route(8) reads and prints it.
    public var description: String { "\(network) via \(gateway) dev \(device)" }
}

/// How the kernel reaches an address now.
public enum NetworkPath: Sendable, Equatable {
    /// It is this machine's own.
    case local
    /// It is on the link of `device`.
    case link(device: String)
    /// It is behind a router.
    case routed(via: IPv4Address)
    /// No route leads there; in the kernel's words.
    case unreachable(String)
}

/// The kernel's main routing table, as far as the pod network needs it: read what is ours, change what is ours.
/// `IPRouteTable` is the real one.
public protocol RouteTable: Sendable {
    /// The routes that carry our mark.
    func routes() async throws(RouteError) -> [PeerRoute]

    /// How each of the addresses is reached; none is left out.
    func paths(to addresses: [IPv4Address]) async throws(RouteError) -> [IPv4Address: NetworkPath]

    /// Removes and then adds routes that carry our mark, each by itself.
    /// - Returns: those that could not be added, with the kernel's words. A removal of what is gone is no failure.
    func change(
        removing removed: [PeerRoute], adding added: [PeerRoute]
    ) async throws(RouteError) -> [PeerRoute: String]
}

/// Why the routing table could not be read or changed at all.
public struct RouteError: Error, Sendable, Equatable {
    /// What a caller may decide by. The raw value is the one word an ack shows as its reason.
    public enum Code: String, Sendable, CaseIterable {
        /// The `ip` command is not installed.
        case notInstalled = "RoutesNotInstalled"
        /// It did not end within its deadline; what was asked may be in force.
        case timedOut = "RoutesTimedOut"
        /// It failed, or said what cannot be read.
        case failed = "RoutesFailed"
    }

    /// See `Code`.
    public var code: Code
    /// One line: the command's own words where it had any.
    public var message: String

    /// An error of `code` in the words of the command.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
