public import ClusterModel
public import Services
import Synchronization

/// A `RouteTable` that holds routes as the kernel does: one per network, whoever made it.
public final class FakeRouteTable: RouteTable {
    private struct State {
        var own: [IPv4Network: PeerRoute] = [:]
        var foreign: Set<IPv4Network> = []
        var paths: [IPv4Address: NetworkPath] = [:]
        var failure: RouteError?
        var calls = 0
    }

    private let state = Mutex(State())

    /// An empty table that reaches nothing.
    public init() {}

    /// Our routes, lowest network first.
    public var held: [PeerRoute] {
        state.withLock { $0.own.values.sorted { $0.network.address < $1.network.address } }
    }

    /// How many times it was asked or changed.
    public var calls: Int { state.withLock { $0.calls } }

    /// From here on `address` is reached this way.
    public func reach(_ address: IPv4Address, by path: NetworkPath) { state.withLock { $0.paths[address] = path } }

    /// Somebody else makes a route to `network`.
    public func addForeign(_ network: IPv4Network) { state.withLock { _ = $0.foreign.insert(network) } }

    /// The kernel holds this route of ours, as after an earlier run.
    public func hold(_ route: PeerRoute) { state.withLock { $0.own[route.network] = route } }

    /// The kernel drops all our routes, as when an interface goes down.
    public func dropAll() { state.withLock { $0.own = [:] } }

    /// Every call fails with `error` from here on; `nil` ends that.
    public func fail(with error: RouteError?) { state.withLock { $0.failure = error } }

    /// See `RouteTable`.
    public func routes() async throws(RouteError) -> [PeerRoute] {
        try begin()
        return held
    }

    /// See `RouteTable`.
    public func paths(to addresses: [IPv4Address]) async throws(RouteError) -> [IPv4Address: NetworkPath] {
        if addresses.isEmpty { return [:] }
        try begin()
        return state.withLock { state in
            Dictionary(
                addresses.map { ($0, state.paths[$0] ?? .unreachable("Network is unreachable")) }
            ) { $1 }
        }
    }

    /// See `RouteTable`.
    public func change(
        removing removed: [PeerRoute], adding added: [PeerRoute]
    ) async throws(RouteError) -> [PeerRoute: String] {
        try begin()
        return state.withLock { state in
            for route in removed where state.own[route.network] == route { state.own[route.network] = nil }
            var refused: [PeerRoute: String] = [:]
            for route in added {
                if state.own[route.network] != nil || state.foreign.contains(route.network) {
                    refused[route] = "File exists"
                } else {
                    state.own[route.network] = route
                }
            }
            return refused
        }
    }

    private func begin() throws(RouteError) {
        let failure = state.withLock { state in
            state.calls += 1
            return state.failure
        }
        if let failure { throw failure }
    }
}
