import ClusterModel

/// What there is to allocate, numbered in the order in which it is given away.
protocol AllocationPlan: Sendable {
    /// What is given away.
    associatedtype Item: Sendable & Hashable & LosslessStringConvertible

    /// What the items are called in messages: `portal IP`.
    var itemName: String { get }
    /// Where the items are from: `10.11.0.0/16`.
    var net: IPv4Network { get }
    /// The numbers of the items that may be given away; empty where the net has no room.
    var numbers: Range<UInt32> { get }

    /// The item with a number of `numbers`.
    func item(_ number: UInt32) -> Item
    /// The item's number, whether or not it may be given away; `nil` outside of the net.
    func number(_ item: Item) -> UInt32?
    /// The item that begins at `address`; `nil` where none does.
    func item(at address: IPv4Address) -> Item?
}

/// Portal IPs: the addresses of a net but for its first and its last (reference §6.3).
struct PortalPlan: AllocationPlan {
    /// A portal net has at least 8 addresses (reference §6.3).
    static let longestPrefix = 29

    let itemName = "portal IP"
    let net: IPv4Network

    /// The portal IPs of `net`; none if it is smaller than a /29.
    init(_ net: IPv4Network) {
        self.net = net
    }

    var numbers: Range<UInt32> {
        guard net.prefixLength <= Self.longestPrefix else { return 0..<0 }
        // The last one is the broadcast address; of 0.0.0.0/0 it is the largest number there is.
        let last = UInt32.max >> UInt32(net.prefixLength)
        return 1..<last
    }

    func item(_ number: UInt32) -> IPv4Address { IPv4Address(value: net.address.value + number) }

    func number(_ item: IPv4Address) -> UInt32? {
        net.contains(item) ? item.value - net.address.value : nil
    }

    func item(at address: IPv4Address) -> IPv4Address? { net.contains(address) ? address : nil }
}

/// Pod nets: the /24 subnets of a net, one per minion. All of them: the first is no more special than the others.
struct PodNetPlan: AllocationPlan {
    /// The prefix of a minion's pod net: 254 pods and the bridge.
    static let subnetPrefix = 24

    let itemName = "pod net"
    let net: IPv4Network

    /// The pod nets of `net`; none if it is smaller than a /24.
    init(_ net: IPv4Network) {
        self.net = net
    }

    var numbers: Range<UInt32> {
        guard net.prefixLength <= Self.subnetPrefix else { return 0..<0 }
        return 0..<(1 << UInt32(Self.subnetPrefix - net.prefixLength))
    }

    func item(_ number: UInt32) -> IPv4Network {
        IPv4Network(subnet: number, of: net, prefixLength: Self.subnetPrefix)
    }

    func number(_ item: IPv4Network) -> UInt32? {
        guard item.prefixLength == Self.subnetPrefix, net.contains(item.address) else { return nil }
        return (item.address.value - net.address.value) >> UInt32(32 - Self.subnetPrefix)
    }

    func item(at address: IPv4Address) -> IPv4Network? {
        IPv4Network(address: address, prefixLength: Self.subnetPrefix).flatMap { subnet in
            net.contains(address) && subnet.address == address ? subnet : nil
        }
    }
}
