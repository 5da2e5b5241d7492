/// The port numbers TCP and UDP have (RFC 9293 §3.1: 16 bits, 0 is reserved).
enum PortNumber {
    static let range: ClosedRange<Int64> = 1...65535
    static let words = "1…65535"
    /// Where 0 means that none is asked for.
    static let rangeOrNone: ClosedRange<Int64> = 0...65535
    static let wordsOrNone = "1…65535, or 0 for none"
}

extension FieldReader {
    /// A transport, whatever its case; TCP when absent (reference §1.1, §1.4).
    mutating func transport(_ field: String) -> TransportProtocol {
        let text = text(field)
        if text.isEmpty { return .tcp }
        let transport = TransportProtocol.allCases.first { $0.rawValue.hasSameBytesIgnoringCase(as: text) }
        if let transport { return transport }
        note(.fieldValueNotSupported, field, .string(text), must: "be TCP or UDP")
        return .tcp
    }

    /// Notes on the object itself that it must have one of `names`, and which of them it has. `value` is shown in place of
    /// the object.
    func noteChoice(of names: [String], given: [String], value: String? = nil) {
        let has = given.isEmpty ? "none" : given.joined(separator: " and ")
        let message = "must have one of \(names.joined(separator: ", ")), has \(has)"
        findings.add(
            FieldCause(
                reason: .fieldValueInvalid, field: path, message: message,
                value: value ?? JSONValue.object(object).plainText))
    }
}
