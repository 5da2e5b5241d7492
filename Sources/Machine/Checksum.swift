/// CRC-32 of IEEE 802.3, reflected, polynomial 0xEDB88320: `crc32` of zlib, of Python and of `gzip -v`.
func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ crc32Table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
}

private let crc32Table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
}

/// Eight lower-case hex digits, the highest first.
func hexDigits(_ value: UInt32) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return (0..<8).map { digits[Int(value >> (28 - 4 * UInt32($0)) & 0xF)] }
}
