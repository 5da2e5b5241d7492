/// The lines of an `AppendLog`, pure.
enum LogText {
    struct Parsed: Equatable {
        /// Payloads of the good records, oldest first.
        var records: [[UInt8]] = []
        /// Bytes up to and including the last line break.
        var wholeLines = 0
        /// Counted from 1.
        var firstBadLine: Int?
        var badLineCount = 0
    }

    /// "xxxxxxxx " before the payload.
    private static let prefixLength = 9

    static func render(_ payloads: [[UInt8]]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(payloads.reduce(0) { $0 + $1.count + prefixLength + 1 })
        for payload in payloads {
            text.append(contentsOf: hex(checksum(payload[...])))
            text.append(UInt8(ascii: " "))
            text.append(contentsOf: payload)
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }

    static func parse(_ text: [UInt8]) -> Parsed {
        var parsed = Parsed()
        var line = 0
        while let end = text[parsed.wholeLines...].firstIndex(of: UInt8(ascii: "\n")) {
            line += 1
            if let payload = payload(of: text[parsed.wholeLines..<end]) {
                parsed.records.append(Array(payload))
            } else {
                parsed.firstBadLine = parsed.firstBadLine ?? line
                parsed.badLineCount += 1
            }
            parsed.wholeLines = end + 1
        }
        return parsed
    }

    private static func payload(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.count >= prefixLength else { return nil }
        let payload = line.dropFirst(prefixLength)
        return line.prefix(prefixLength).elementsEqual(hex(checksum(payload)) + [UInt8(ascii: " ")]) ? payload : nil
    }

    private static func hex(_ value: UInt32) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<8).map { digits[Int(value >> (28 - 4 * UInt32($0)) & 0xF)] }
    }

    /// CRC-32 of IEEE 802.3, reflected, polynomial 0xEDB88320: `crc32` of zlib, Python and `gzip -v`.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
}
