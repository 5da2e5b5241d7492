/// Names of namespaces and, to `run`, of services (reference §1.0 "Name formats").
enum DNSLabel {
    private static let limit = 63

    /// Whether `text` is `[a-z0-9]([-a-z0-9]*[a-z0-9])?` of at most 63 characters.
    static func accepts(_ text: String) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let isMade = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == hyphen
        }
        return isMade && (1...limit).contains(text.utf8.count) && text.utf8.first != hyphen && text.utf8.last != hyphen
    }
}
