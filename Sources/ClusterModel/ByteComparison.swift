/// Comparing texts by their bytes. Swift's own comparison of strings normalises first: a name of a million combining marks,
/// which a peer may send, then costs most of a second each time it is compared with a field's name.
extension String {
    /// Whether both are the same UTF-8.
    func hasSameBytes(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }

    /// Whether both are the same UTF-8 but for the case of A to Z.
    func hasSameBytesIgnoringCase(as other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { Self.lowered($0) == Self.lowered($1) }
    }

    /// Whether this comes before `other` in the order of their bytes, the order Go's encoder gives to maps.
    func hasBytesBefore(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
