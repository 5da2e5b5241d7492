public import ClusterModel

/// What the Minion entries mean for this node's pod network (PROTOCOL "Objects"). A pure value.
public struct RoutePlan: Sendable, Equatable {
    /// Why a peer gets no route.
    public struct Refusal: Sendable, Equatable {
        /// One CamelCase word.
        public var reason: String
        /// What is wrong and what to do.
        public var message: String

        init(_ reason: String, _ message: String) {
            self.reason = reason
            self.message = message
        }
    }

    /// The entry that is this node's own.
    public let own: Minion?
    /// The subnet this node's pods live in; `nil` where no entry is this node's, or it has none yet.
    public var ownNetwork: IPv4Network? { own?.podCIDR }
    /// Whether `ownNetwork` is what this node is to have. If not, an entry may still turn out to be its own: one that is not
    /// known yet, or one whose address this machine does not have at the moment. Its pods then stay where they are.
    public internal(set) var isDecided: Bool
    /// The subnets of all entries that take part, this node's included, lowest first and none overlapping.
    public private(set) var podNetworks: [IPv4Network] = []
    /// One route for each peer that is to have one.
    public private(set) var routes: [ObjectKey: PeerRoute] = [:]
    /// The peers that have a subnet and get no route.
    public private(set) var refusals: [ObjectKey: Refusal] = [:]

    /// Plans. O(n log n).
    /// - Parameters:
    ///   - nodeName: the `id` of this node's own entry. Where no entry has it, the one with an address of this machine is its
    ///     own: a master may call its minions by their addresses. A loopback address is every machine's, and tells nothing.
    ///   - formerOwn: the entry that was this node's own last. It is still, whatever addresses the machine has now, until it
    ///     goes, gets another address, or an entry has the node's name: an interface loses its address with its cable.
    ///   - paths: how each entry's address is reached; one that is not named is taken for unreachable.
    ///   - isComplete: whether these are all entries.
    public init(
        _ minions: [Minion], nodeName: String, paths: [IPv4Address: NetworkPath], formerOwn: Minion? = nil,
        isComplete: Bool = true
    ) {
        let ordered = minions.sorted { $0.key < $1.key }
        let own =
            ordered.first { $0.meta.name == nodeName }
            ?? ordered.first { $0.key == formerOwn?.key && $0.address == formerOwn?.address }
            ?? ordered.first { minion in minion.linkAddress.map { paths[$0] == .local } ?? false }
        self.own = own
        let isOwnGone = formerOwn.map { former in !ordered.contains { $0.key == former.key } } ?? false
        let mayMatch = !isOwnGone && ordered.contains { $0.podCIDR != nil && $0.linkAddress != nil }
        isDecided = own != nil || (isComplete && !mayMatch)
        if let ownNetwork { podNetworks.append(ownNetwork) }

        let peers = ordered.filter { $0.key != own?.key && $0.podCIDR != nil }
        var last: (network: IPv4Network, name: String)?
        for (minion, network) in Self.bySubnet(peers) {
            if let own, let ownNetwork, ownNetwork.overlaps(network) {
                refusals[minion.key] = Self.overlap(network, ownNetwork, of: own.meta.name)
            } else if let last, last.network.overlaps(network) {
                refusals[minion.key] = Self.overlap(network, last.network, of: last.name)
            } else {
                last = (network, minion.meta.name)
                podNetworks.append(network)
                place(minion, network, paths)
            }
        }
        podNetworks.sort { $0.address < $1.address }
    }

    /// By lowest address, the larger first: so a network overlaps the last one that was taken or none.
    private static func bySubnet(_ minions: [Minion]) -> [(minion: Minion, network: IPv4Network)] {
        minions.compactMap { minion in minion.podCIDR.map { (minion, $0) } }.sorted { left, right in
            (left.1.address, left.1.prefixLength, left.0.meta.name)
                < (right.1.address, right.1.prefixLength, right.0.meta.name)
        }
    }

    private static func overlap(_ network: IPv4Network, _ other: IPv4Network, of name: String) -> Refusal {
        Refusal(
            "PodNetworksOverlap",
            "its pod network \(network) overlaps \(other) of \(name): give each minion a podCIDR of its own")
    }

    private mutating func place(_ minion: Minion, _ network: IPv4Network, _ paths: [IPv4Address: NetworkPath]) {
        guard let address = minion.linkAddress else {
            refusals[minion.key] = Refusal(
                "PeerWithoutAddress",
                minion.address.map { "its address \($0) is a loopback address: set hostIP" }
                    ?? "neither its hostIP nor its id is an IPv4 address: set hostIP")
            return
        }
        switch paths[address] ?? .unreachable("no route to \(address)") {
        case .link(let device):
            routes[minion.key] = PeerRoute(network: network, gateway: address, device: device)
        case .local:
            refusals[minion.key] = Refusal(
                "PeerIsThisHost", "its address \(address) is this machine's own: remove the entry or correct its hostIP"
            )
        case .routed(let gateway):
            refusals[minion.key] = Refusal(
                "PeerNotOnLink",
                "\(address) is behind router \(gateway): have the routers lead \(network) to \(address), or set podNetwork "
                    + "to docker (--pod-network=docker) and bring a network of your own")
        case .unreachable(let words):
            refusals[minion.key] = Refusal(
                "PeerUnreachable", "\(address) cannot be reached (\(words)): bring up the interface that leads to it")
        }
    }
}

extension Minion {
    /// Its address, unless that is of 127.0.0.0/8 (RFC 1122 §3.2.1.3), as a machine's own name is resolved to on Debian.
    fileprivate var linkAddress: IPv4Address? { address.flatMap { $0.value >> 24 == 127 ? nil : $0 } }
}

/// What is to be done to the kernel's routes.
public struct RouteDifference: Sendable, Equatable {
    /// Routes of ours that go, in the kernel's order.
    public var removed: [PeerRoute]
    /// Routes that are missing, lowest network first.
    public var added: [PeerRoute]

    /// Compares. O(routes).
    /// - Parameter isComplete: whether every peer is known. If not, a route to a network no wanted route has stays: it may be
    ///   that of a peer nobody has named yet (law 3).
    public init(kernel: [PeerRoute], wanted: some Collection<PeerRoute>, isComplete: Bool) {
        let wantedRoutes = Set(wanted)
        let wantedNetworks = Set(wanted.map(\.network))
        removed = kernel.filter { route in
            !wantedRoutes.contains(route) && (isComplete || wantedNetworks.contains(route.network))
        }
        added = wantedRoutes.subtracting(kernel).sorted { $0.network.address < $1.network.address }
    }

    /// Whether nothing is to be done.
    public var isEmpty: Bool { removed.isEmpty && added.isEmpty }
}
