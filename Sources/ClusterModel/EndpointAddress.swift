/// One place a service is answered, as Endpoints list them: `10.0.0.1:80`, `[2001:db8::1]:80` (reference §1.6).
public struct EndpointAddress: Sendable, Hashable {
    /// What stands before the port.
    public enum Host: Sendable, Hashable {
        case ipv4(IPv4Address)
        /// As written, without brackets; its form is checked for its letters only.
        case ipv6(String)
    }

    /// The address.
    public var host: Host
    /// 1…65535.
    public var port: UInt16

    /// An endpoint.
    public init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }
}

extension EndpointAddress: LosslessStringConvertible {
    /// `nil` for what is not `ip:port`; a name is no address, and port 0 is none.
    public init?(_ description: String) {
        guard let colon = description.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = DecimalText.number(description.utf8[colon...].dropFirst(), limit: Int(UInt16.max)), port > 0
        else { return nil }
        let host = description[..<colon]
        if let address = IPv4Address(String(host)) {
            self.init(host: .ipv4(address), port: UInt16(port))
        } else if host.hasPrefix("["), host.hasSuffix("]"), Self.looksLikeIPv6(host.dropFirst().dropLast()) {
            self.init(host: .ipv6(String(host.dropFirst().dropLast())), port: UInt16(port))
        } else {
            return nil
        }
    }

    /// `10.0.0.1:80` or `[2001:db8::1]:80`.
    public var description: String {
        switch host {
        case .ipv4(let address): "\(address):\(port)"
        case .ipv6(let text): "[\(text)]:\(port)"
        }
    }

    private static func looksLikeIPv6(_ text: Substring) -> Bool {
        text.utf8.count { $0 == UInt8(ascii: ":") } >= 2
            && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
}
