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
            text.append(contentsOf: hexDigits(crc32(payload[...])))
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
        return line.prefix(prefixLength).elementsEqual(hexDigits(crc32(payload)) + [UInt8(ascii: " ")]) ? payload : nil
    }
}
