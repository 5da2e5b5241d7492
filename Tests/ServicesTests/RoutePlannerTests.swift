import ClusterModel
import Services
import Testing

/// An entry; `cidr` and `hostIP` are empty for none.
func minion(_ name: String, _ cidr: String, hostIP: String = "") -> Minion {
    Minion(meta: ObjectMeta(name: name, namespace: ""), hostIP: hostIP, podCIDR: IPv4Network(cidr))
}

func address(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }

func peerRoute(_ network: String, via gateway: String, dev: String = "eth0") throws -> PeerRoute {
    PeerRoute(network: try #require(IPv4Network(network)), gateway: try address(gateway), device: dev)
}

@Suite struct RoutePlannerTests {
    /// A plan as the words of a row: own network, routes, refusals by name.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var minions: [Minion]
        var own: String?
        var routes: [String] = []
        var refusals: [String: String] = [:]
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "nothing known", minions: []),
        Row(name: "only this node", minions: [minion("a", "10.244.1.0/24")], own: "10.244.1.0/24"),
        Row(
            name: "a peer on the link",
            minions: [minion("a", "10.244.1.0/24"), minion("b", "10.244.2.0/24", hostIP: "10.0.0.2")],
            own: "10.244.1.0/24", routes: ["10.244.2.0/24 via 10.0.0.2 dev eth0"]),
        Row(
            name: "a peer called by its address", minions: [minion("10.0.0.2", "10.244.2.0/24")],
            routes: ["10.244.2.0/24 via 10.0.0.2 dev eth0"]),
        Row(
            name: "this node called by its address", minions: [minion("10.0.0.1", "10.244.1.0/24")],
            own: "10.244.1.0/24"),
        Row(
            name: "a second entry with an address of this machine",
            minions: [minion("a", "10.244.1.0/24"), minion("b", "10.244.2.0/24", hostIP: "10.0.0.1")],
            own: "10.244.1.0/24", refusals: ["b": "PeerIsThisHost"]),
        Row(
            name: "a loopback address is every machine's",
            minions: [minion("b", "10.244.2.0/24", hostIP: "127.0.1.1"), minion("127.0.0.1", "10.244.3.0/24")],
            refusals: ["b": "PeerWithoutAddress", "127.0.0.1": "PeerWithoutAddress"]),
        Row(name: "a peer without a subnet yet", minions: [minion("b", "", hostIP: "10.0.0.2")]),
        Row(
            name: "a peer without an address", minions: [minion("b", "10.244.2.0/24")],
            refusals: ["b": "PeerWithoutAddress"]),
        Row(
            name: "a peer behind a router", minions: [minion("b", "10.244.2.0/24", hostIP: "10.9.0.1")],
            refusals: ["b": "PeerNotOnLink"]),
        Row(
            name: "a peer that cannot be reached", minions: [minion("b", "10.244.2.0/24", hostIP: "10.8.0.1")],
            refusals: ["b": "PeerUnreachable"]),
        Row(
            name: "a peer whose address nobody has looked up",
            minions: [minion("b", "10.244.2.0/24", hostIP: "10.7.0.1")], refusals: ["b": "PeerUnreachable"]),
        Row(
            name: "a peer in this node's subnet",
            minions: [minion("a", "10.244.2.128/25"), minion("b", "10.244.2.0/24", hostIP: "10.0.0.2")],
            own: "10.244.2.128/25", refusals: ["b": "PodNetworksOverlap"]),
        Row(
            name: "two peers with one subnet: the first by name has it",
            minions: [
                minion("c", "10.244.2.0/24", hostIP: "10.0.0.3"), minion("b", "10.244.2.0/24", hostIP: "10.0.0.2"),
            ],
            routes: ["10.244.2.0/24 via 10.0.0.2 dev eth0"], refusals: ["c": "PodNetworksOverlap"]),
        Row(
            name: "a subnet inside another's, with one beside it",
            minions: [
                minion("b", "10.244.2.64/26", hostIP: "10.0.0.2"), minion("c", "10.244.2.0/24", hostIP: "10.0.0.3"),
                minion("d", "10.244.3.0/24", hostIP: "10.0.0.4"),
            ],
            routes: ["10.244.2.0/24 via 10.0.0.3 dev eth0", "10.244.3.0/24 via 10.0.0.4 dev eth1"],
            refusals: ["b": "PodNetworksOverlap"]),
    ]

    @Test("what the entries mean", arguments: rows)
    func plan(row: Row) throws {
        let paths: [IPv4Address: NetworkPath] = [
            try address("10.0.0.1"): .local, try address("10.0.0.2"): .link(device: "eth0"),
            try address("10.0.0.3"): .link(device: "eth0"), try address("10.0.0.4"): .link(device: "eth1"),
            try address("10.9.0.1"): .routed(via: try address("10.0.0.254")),
            try address("10.8.0.1"): .unreachable("Network is unreachable"), try address("127.0.1.1"): .local,
            try address("127.0.0.1"): .local,
        ]
        let plan = RoutePlan(row.minions, nodeName: "a", paths: paths)
        #expect(plan.ownNetwork?.description == row.own)
        #expect(plan.routes.values.map(\.description).sorted() == row.routes)
        #expect(Dictionary(uniqueKeysWithValues: plan.refusals.map { ($0.key.name, $0.value.reason) }) == row.refusals)
    }

    /// Which entry is this node's, `a`, after `former` was.
    struct OwnRow: Sendable, CustomTestStringConvertible {
        var name: String
        var minions: [Minion]
        var former: Minion?
        var isComplete = true
        var own: String?
        var isDecided = true
        var testDescription: String { name }
    }

    /// Of the addresses only 10.0.0.9 is this machine's.
    static let ownRows: [OwnRow] = {
        let former = minion("10.0.0.1", "10.244.1.0/24")
        let peer = minion("b", "10.244.2.0/24", hostIP: "10.0.0.2")
        return [
            OwnRow(name: "all entries, of which there are none", minions: []),
            OwnRow(name: "no entries, and more may come", minions: [], isComplete: false, isDecided: false),
            OwnRow(name: "entries without a subnet", minions: [minion("b", "", hostIP: "10.0.0.2")]),
            OwnRow(name: "a peer that may be this node", minions: [peer], isDecided: false),
            OwnRow(
                name: "entries that cannot be this node",
                minions: [minion("b", "10.244.2.0/24"), minion("127.0.0.1", "10.244.3.0/24")]),
            OwnRow(
                name: "the former own, whose address is away", minions: [former, peer], former: former, own: "10.0.0.1"),
            OwnRow(
                name: "the former own, while more may come", minions: [former], former: former, isComplete: false,
                own: "10.0.0.1"),
            OwnRow(
                name: "the former own before another with an address of this machine",
                minions: [former, minion("c", "10.244.3.0/24", hostIP: "10.0.0.9")], former: former, own: "10.0.0.1"),
            OwnRow(
                name: "the name before the former own", minions: [former, minion("a", "10.244.3.0/24")], former: former,
                own: "a"),
            OwnRow(name: "the former own is gone", minions: [peer], former: former),
            OwnRow(
                name: "the former own is gone, and more may come", minions: [peer], former: former, isComplete: false,
                isDecided: false),
            OwnRow(
                name: "the former own has another address",
                minions: [minion("10.0.0.1", "10.244.1.0/24", hostIP: "10.0.0.5")], former: former, isDecided: false),
        ]
    }()

    @Test("which entry is this node's", arguments: ownRows)
    func own(row: OwnRow) throws {
        let plan = RoutePlan(
            row.minions, nodeName: "a", paths: [try address("10.0.0.9"): .local], formerOwn: row.former,
            isComplete: row.isComplete)
        #expect(plan.own?.meta.name == row.own)
        #expect(plan.isDecided == row.isDecided)
    }

    @Test func theNetworksAreThoseThatTakePart() throws {
        let minions = [minion("b", "10.244.0.0/24", hostIP: "10.9.0.1"), minion("a", "10.244.1.0/24"), minion("c", "")]
        let plan = RoutePlan(
            minions, nodeName: "a", paths: [try address("10.9.0.1"): .routed(via: try address("10.0.0.254"))])
        // A peer behind a router takes part: its route is the operator's.
        #expect(plan.podNetworks.map(\.description) == ["10.244.0.0/24", "10.244.1.0/24"])
    }

    @Test func aPeerBehindARouterIsToldWhatToDo() throws {
        let plan = RoutePlan(
            [minion("b", "10.244.2.0/24", hostIP: "10.9.0.1")], nodeName: "a",
            paths: [try address("10.9.0.1"): .routed(via: try address("10.0.0.254"))])
        let message = try #require(plan.refusals.values.first?.message)
        #expect(message.contains("10.0.0.254") && message.contains("--pod-network=docker"))
    }
}

@Suite struct RouteDifferenceTests {
    @Test func aRouteAsWantedIsLeft() throws {
        let route = try peerRoute("10.244.2.0/24", via: "10.0.0.2")
        #expect(RouteDifference(kernel: [route], wanted: [route], isComplete: true).isEmpty)
    }

    @Test(arguments: [true, false])
    func aChangedGatewayOrDeviceIsReplaced(isComplete: Bool) throws {
        let wanted = try peerRoute("10.244.2.0/24", via: "10.0.0.2")
        for old in [
            try peerRoute("10.244.2.0/24", via: "10.0.0.3"),
            try peerRoute("10.244.2.0/24", via: "10.0.0.2", dev: "eth1"),
        ] {
            let difference = RouteDifference(kernel: [old], wanted: [wanted], isComplete: isComplete)
            #expect(difference.removed == [old])
            #expect(difference.added == [wanted])
        }
    }

    @Test func whatNoEntryExplainsGoesOnlyOnceEveryPeerIsKnown() throws {
        let stranger = try peerRoute("10.244.9.0/24", via: "10.0.0.9")
        let none: [PeerRoute] = []
        #expect(RouteDifference(kernel: [stranger], wanted: none, isComplete: false).isEmpty)
        #expect(RouteDifference(kernel: [stranger], wanted: none, isComplete: true).removed == [stranger])
    }
}
