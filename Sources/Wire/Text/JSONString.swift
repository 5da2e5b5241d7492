/// Reads the strings of JSON texts (RFC 8259 §7).
enum JSONString {
    /// The string whose opening quote is at `start` of `bytes`, which are UTF-8, and the index after its closing quote.
    static func read(_ bytes: [UInt8], from start: Int) throws(TextError) -> (string: String, end: Int) {
        var unescaped: [UInt8] = []
        var runStart = start + 1
        var index = runStart
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let run = bytes[runStart..<index]
                if unescaped.isEmpty { return (String(decoding: run, as: UTF8.self), index + 1) }
                unescaped += run
                return (String(decoding: unescaped, as: UTF8.self), index + 1)
            case UInt8(ascii: "\\"):
                unescaped += bytes[runStart..<index]
                index = try unescape(bytes, at: index, into: &unescaped)
                runStart = index
            case 0x00..<0x20:
                throw fault("a string holds a raw control character; write it as \\u00XX", bytes, at: index)
            default:
                index += 1
            }
        }
        throw fault("this string does not end", bytes, at: start)
    }

    /// Appends what the escape at `start` stands for and returns the index after it.
    private static func unescape(
        _ bytes: [UInt8], at start: Int, into output: inout [UInt8]
    ) throws(TextError) -> Int {
        switch start + 1 < bytes.count ? bytes[start + 1] : 0 {
        case UInt8(ascii: "\""): output.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): output.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): output.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "u"): return try unescapeScalar(bytes, at: start, into: &output)
        default: throw fault("this is no escape of JSON's", bytes, at: start)
        }
        return start + 2
    }

    /// As `unescape` for `\uXXXX`, or two of them that are a surrogate pair.
    private static func unescapeScalar(
        _ bytes: [UInt8], at start: Int, into output: inout [UInt8]
    ) throws(TextError) -> Int {
        guard let first = unit(bytes, at: start) else {
            throw fault("four hexadecimal digits are missing after \\u", bytes, at: start)
        }
        var units = [first]
        if UTF16.isLeadSurrogate(first), let second = unit(bytes, at: start + 6) { units.append(second) }
        guard let character = String(validating: units, as: UTF16.self) else {
            throw fault("this is half a surrogate pair", bytes, at: start)
        }
        output += character.utf8
        return start + 6 * units.count
    }

    /// The UTF-16 unit `\uXXXX` at `start` stands for; `nil` when something else is there.
    private static func unit(_ bytes: [UInt8], at start: Int) -> UInt16? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for byte in bytes[start + 2..<start + 6] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private static func fault(_ message: String, _ bytes: [UInt8], at offset: Int) -> TextError {
        TextError(code: .notJSON, message: message, position: TextPosition(in: bytes, offset: offset))
    }
}
