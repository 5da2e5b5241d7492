/// An IPv4 address.
public struct IPv4Address: Sendable, Hashable {
    /// The address in host byte order: `10.11.0.1` is `0x0A0B_0001`.
    public var value: UInt32

    /// The address with `value` in host byte order.
    public init(value: UInt32) {
        self.value = value
    }
}

extension IPv4Address: LosslessStringConvertible {
    /// The address written as four decimal numbers of 0…255 without leading zeros (RFC 6943 §3.1.1 "strict"): the looser
    /// forms mean different addresses to different programs. `nil` for any other text.
    public init?(_ description: String) {
        let parts = description.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        value = 0
        for part in parts {
            guard let octet = DecimalText.number(part, limit: 255) else { return nil }
            value = value << 8 | UInt32(octet)
        }
    }

    /// `10.11.0.1`.
    public var description: String {
        "\(value >> 24).\(value >> 16 & 0xFF).\(value >> 8 & 0xFF).\(value & 0xFF)"
    }
}

extension IPv4Address: Comparable {
    /// By number.
    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.value < right.value }
}

/// A range of IPv4 addresses that share their first bits (RFC 4632 §3.1).
public struct IPv4Network: Sendable, Hashable {
    /// The lowest address: every bit beyond the prefix is 0.
    public let address: IPv4Address
    /// How many leading bits are shared, 0…32.
    public let prefixLength: Int

    /// The network of `prefixLength` (0…32) bits that `address` is in; `nil` for any other length.
    public init?(address: IPv4Address, prefixLength: Int) {
        guard (0...32).contains(prefixLength) else { return nil }
        self.prefixLength = prefixLength
        self.address = IPv4Address(value: address.value & Self.mask(prefixLength))
    }

    /// Subnet number `index` of `net`, from its lowest address on; `prefixLength` is `net`'s…32, and the subnet must exist.
    public init(subnet index: UInt32, of net: IPv4Network, prefixLength: Int) {
        precondition((net.prefixLength...32).contains(prefixLength), "no such subnet")
        self.prefixLength = prefixLength
        address = IPv4Address(value: net.address.value + index << UInt32(32 - prefixLength))
        precondition(net.contains(address), "no such subnet")
    }

    /// Whether `address` is in the network.
    public func contains(_ address: IPv4Address) -> Bool {
        address.value & Self.mask(prefixLength) == self.address.value
    }

    /// Whether the two share an address.
    public func overlaps(_ other: IPv4Network) -> Bool {
        contains(other.address) || other.contains(address)
    }

    /// Shifting by 32 gives 0 in Swift, which is the mask of length 0.
    private static func mask(_ prefixLength: Int) -> UInt32 { UInt32.max << (32 - UInt32(prefixLength)) }
}

extension IPv4Network: LosslessStringConvertible {
    /// `10.11.0.0/16`. Bits beyond the prefix are dropped, as Kubernetes did for `--portal_net`: `10.11.0.1/16` is the same
    /// network. `nil` for any other text.
    public init?(_ description: String) {
        let parts = description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(String(Substring(parts[0]))),
            let prefixLength = DecimalText.number(parts[1], limit: 32)
        else { return nil }
        self.init(address: address, prefixLength: prefixLength)
    }

    /// `10.11.0.0/16`.
    public var description: String { "\(address)/\(prefixLength)" }
}

/// Numbers inside addresses.
enum DecimalText {
    /// The number `digits` spell: only digits, no leading zero, 0…`limit`.
    static func number(_ digits: Substring.UTF8View, limit: Int) -> Int? {
        let isCanonical = digits.first != UInt8(ascii: "0") || digits.count == 1
        guard isCanonical, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(Substring(digits)), number <= limit
        else { return nil }
        return number
    }
}
