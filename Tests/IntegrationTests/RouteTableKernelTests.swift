import ClusterModel
import NodeKit
import Services
import Testing

/// The routing table of the kernel this runs on, through the real `ip`.
@Suite struct RouteTableKernelTests {
    /// A namespace with an interface that has the address 172.16.213.140/24 and a router at .1.
    private func network() async throws -> PrivateNetwork {
        let network = try await PrivateNetwork()
        try await network.run("ip", "link", "add", "e0", "type", "veth", "peer", "name", "e1")
        try await network.run("ip", "addr", "add", "172.16.213.140/24", "dev", "e0")
        for link in ["e0", "e1"] { try await network.run("ip", "link", "set", link, "up") }
        try await network.run("ip", "route", "add", "172.17.0.0/16", "via", "172.16.213.1")
        return network
    }

    private func route(_ network: String, via gateway: String) throws -> PeerRoute {
        PeerRoute(
            network: try #require(IPv4Network(network)), gateway: try #require(IPv4Address(gateway)), device: "e0")
    }

    @Test func whatIsAddedIsReadBackAndRemoved() async throws {
        let network = try await network()
        let table = IPRouteTable(commands: network.commands)
        let first = try route("10.244.2.0/24", via: "172.16.213.141")
        let second = try route("10.244.3.0/24", via: "172.16.213.142")
        #expect(try await table.routes() == [])
        #expect(try await table.change(removing: [], adding: [first, second]) == [:])
        #expect(try await table.routes() == [first, second])
        #expect(try await table.change(removing: [first], adding: []) == [:])
        #expect(try await table.routes() == [second])
    }

    @Test func aForeignRouteIsNeitherReadNorReplacedNorRemoved() async throws {
        let network = try await network()
        let table = IPRouteTable(commands: network.commands)
        let wanted = try route("172.17.0.0/16", via: "172.16.213.141")
        let foreign = try route("172.17.0.0/16", via: "172.16.213.1")
        let refused = try await table.change(removing: [], adding: [wanted])
        #expect(refused[wanted]?.contains("File exists") == true)
        #expect(try await table.change(removing: [foreign], adding: []) == [:])
        #expect(try await table.routes() == [])
        #expect(try await network.run("ip", "route", "show").contains("172.17.0.0/16 via 172.16.213.1 dev e0"))
    }

    @Test func addressesAreReachedAsTheKernelSays() async throws {
        let network = try await network()
        let table = IPRouteTable(commands: network.commands)
        let asked = ["172.16.213.140", "172.16.213.141", "172.17.5.9", "8.8.8.8"].compactMap { IPv4Address($0) }
        let paths = try await table.paths(to: asked)
        #expect(paths[asked[0]] == .local)
        #expect(paths[asked[1]] == .link(device: "e0"))
        #expect(paths[asked[2]] == .routed(via: try #require(IPv4Address("172.16.213.1"))))
        #expect(paths[asked[3]] == .unreachable("RTNETLINK answers: Network is unreachable"))
        withExtendedLifetime(network) {}
    }
}
