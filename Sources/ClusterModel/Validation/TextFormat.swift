/// The forms a text field may have to have (reference §1.0 "Name formats"; the others where they are used).
package enum TextFormat: Sendable, CaseIterable {
    /// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63.
    case dnsLabel
    /// DNS labels joined by dots, at most 253 in all.
    case dnsSubdomain
    /// `[a-z]([-a-z0-9]*[a-z0-9])?`, at most 24 (RFC 952): services.
    case dns952Label
    /// Keys of labels: `[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?`, at most 63, after a DNS subdomain and `/` or not. It
    /// holds what the controllers of 2014 wrote (`replicationController`), the DNS-952 labels that were demanded soon
    /// after (reference §1.0), and the keys of today.
    case labelKey
    /// `[A-Za-z_][A-Za-z0-9_]*`, of any length.
    case cIdentifier
    /// A strict dotted quad.
    case ipv4Address
    /// `ip:port`, IPv6 in brackets (reference §1.6).
    case endpoint
    /// A path from the root: a relative one would depend on where a runtime happens to look.
    case absolutePath
    /// RFC 3339 §5.6; the calendar is not consulted.
    case timestamp

    static let dnsLabelLimit = 63
    static let dnsSubdomainLimit = 253
    static let dns952LabelLimit = 24

    /// What completes "must be …".
    var words: String {
        switch self {
        case .dnsLabel: "a DNS label (a-z, 0-9 and inner '-', at most \(Self.dnsLabelLimit) characters)"
        case .dnsSubdomain:
            "DNS labels joined by dots (a-z, 0-9, inner '-'; at most \(Self.dnsSubdomainLimit) characters)"
        case .dns952Label:
            "a DNS-952 label (a-z first, then a-z, 0-9 and inner '-', at most \(Self.dns952LabelLimit) characters)"
        case .labelKey:
            "letters, digits and inner '-', '_', '.' (at most 63), after a DNS subdomain and '/' or not"
        case .cIdentifier: "a C identifier (A-Z, a-z, 0-9 and '_', no digit first)"
        case .ipv4Address: "an IPv4 address"
        case .endpoint: "an address and a port (10.0.0.1:80, [2001:db8::1]:80)"
        case .absolutePath: "an absolute path"
        case .timestamp: "a time as 2014-10-21T09:30:00Z (RFC 3339)"
        }
    }

    /// Whether `text` has the form; the empty text never has.
    package func accepts(_ text: String) -> Bool {
        let bytes = text.utf8[...]
        switch self {
        case .dnsLabel:
            return Self.isDNSLabel(bytes)
        case .dnsSubdomain:
            let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return bytes.count <= Self.dnsSubdomainLimit && labels.allSatisfy(Self.isDNSLabel)
        case .dns952Label:
            return bytes.count <= Self.dns952LabelLimit && Self.isDNSLabel(bytes) && !Self.startsWithDigit(bytes)
        case .labelKey:
            return Self.isLabelKey(bytes)
        case .cIdentifier:
            return !bytes.isEmpty && !Self.startsWithDigit(bytes)
                && bytes.allSatisfy { Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "_") }
        case .ipv4Address:
            return IPv4Address(text) != nil
        case .endpoint:
            return EndpointAddress(text) != nil
        case .absolutePath:
            return bytes.first == UInt8(ascii: "/")
        case .timestamp:
            return Self.isTimestamp(bytes)
        }
    }

    private static func isLabelKey(_ bytes: Substring.UTF8View) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let name = parts.last, let first = name.first, let last = name.last else { return false }
        if parts.count == 2, !dnsSubdomain.accepts(String(Substring(parts[0]))) { return false }
        let inner = "-_.".utf8
        return parts.count <= 2 && name.count <= dnsLabelLimit && !inner.contains(first) && !inner.contains(last)
            && name.allSatisfy { isLetter($0) || isDigit($0) || inner.contains($0) }
    }

    private static func isDNSLabel(_ bytes: Substring.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last, bytes.count <= dnsLabelLimit else { return false }
        return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
            && bytes.allSatisfy { isLowerCase($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isTimestamp(_ bytes: Substring.UTF8View) -> Bool {
        // Digits stand for each other, so that a comparison of texts is one of forms.
        let shape = bytes.map { isDigit($0) ? UInt8(ascii: "0") : $0 }
        let dateAndTime = Array("0000-00-00T00:00:00".utf8)
        guard shape.starts(with: dateAndTime) else { return false }
        var rest = shape.dropFirst(dateAndTime.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { $0 == UInt8(ascii: "0") }
            if fraction.isEmpty { return false }
            rest = rest[fraction.endIndex...]
        }
        return ["Z", "+00:00", "-00:00"].contains { rest.elementsEqual($0.utf8) }
    }

    private static func startsWithDigit(_ bytes: Substring.UTF8View) -> Bool { bytes.first.map(isDigit) ?? false }
    private static func isLowerCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isLowerCase(byte | 0x20) }
}
