/// Which characters are written as escapes; every reader reads the same.
public enum JSONEscaping: Sendable {
    /// What RFC 8259 §7 demands.
    case minimal
    /// As Go's encoder does, in whose bytes the API of 2014 was recorded: `<`, `>` and `&` too, and short forms of the line
    /// breaks and the tabulator.
    case asGo
}

extension JSONValue {
    /// The largest magnitude below which every integer has a `Double` of its own (2^53, IEEE 754 binary64).
    private static let exactIntegerLimit = 9_007_199_254_740_992.0

    /// Appends the value as compact JSON (RFC 8259): no white space, text as raw UTF-8, `"` and `\` and the control
    /// characters below U+0020 escaped, `/` not. Doubles take the fewest digits that read back as the same double, whole
    /// ones no fraction; JSON has no infinities and no NaN, so those become `null`.
    public func write(into output: inout [UInt8], escaping: JSONEscaping = .minimal) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): output.append(contentsOf: String(value).utf8)
        case .double(let value): output.append(contentsOf: Self.text(of: value).utf8)
        case .string(let value): Self.write(value, into: &output, escaping)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(into: &output, escaping: escaping)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object): object.write(into: &output, escaping: escaping)
        }
    }

    /// The value as compact JSON; what `write(into:)` appends.
    public var text: String {
        var output: [UInt8] = []
        write(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        guard let number = value.wholeNumber, value.magnitude <= exactIntegerLimit else { return value.description }
        let isNegativeZero = number == 0 && value.sign == .minus
        return isNegativeZero ? value.description : String(number)
    }

    fileprivate static func write(_ string: String, into output: inout [UInt8], _ escaping: JSONEscaping) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            if escaping == .asGo, let escape = goEscapes[byte] {
                output.append(contentsOf: escape.utf8)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0x00..<0x20:
                output.append(contentsOf: "\\u00".utf8)
                output.append(hexadecimalDigits[Int(byte >> 4)])
                output.append(hexadecimalDigits[Int(byte & 0xF)])
            default:
                output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// What Go's encoder writes otherwise than `minimal`; U+2028 and U+2029 aside, which no name or image has.
    private static let goEscapes: [UInt8: String] = [
        UInt8(ascii: "<"): #"\u003c"#, UInt8(ascii: ">"): #"\u003e"#, UInt8(ascii: "&"): #"\u0026"#,
        UInt8(ascii: "\n"): #"\n"#, UInt8(ascii: "\r"): #"\r"#, UInt8(ascii: "\t"): #"\t"#,
    ]

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}

extension JSONObject {
    /// Appends the object as compact JSON, its members in their order; see `JSONValue.write(into:)`.
    public func write(into output: inout [UInt8], escaping: JSONEscaping = .minimal) {
        output.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            JSONValue.write(member.key, into: &output, escaping)
            output.append(UInt8(ascii: ":"))
            member.value.write(into: &output, escaping: escaping)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The object as compact JSON; what `write(into:)` appends.
    public var text: String { JSONValue.object(self).text }
}

extension Double {
    /// The number without a fraction part this is, if it has none and fits. `Int64(exactly:)` would need the C library's
    /// mathematics, which nothing else here does.
    var wholeNumber: Int64? {
        guard magnitude < 0x1p63 else { return nil }
        let number = Int64(self)
        return Double(number) == self ? number : nil
    }
}
