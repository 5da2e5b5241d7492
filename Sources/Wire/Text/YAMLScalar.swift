import ClusterModel

/// What a scalar means by YAML 1.2's core schema (YAML 1.2.2 §10.3).
enum YAMLScalar {
    private static let tagPrefix = "tag:yaml.org,2002:"

    /// The value of a scalar; `nil` when its tag is none of the core schema's or the text is not what the tag says.
    static func value(_ text: String, isPlain: Bool, tag: String?) -> JSONValue? {
        switch tag {
        case nil: return isPlain ? plain(text) : .string(text)
        case "!", tagPrefix + "str": return .string(text)
        case tagPrefix + "null", tagPrefix + "bool", tagPrefix + "int", tagPrefix + "float":
            guard let value = plain(text), tagPrefix + typeName(value) == tag else { return nil }
            return value
        default: return nil
        }
    }

    /// What the text means without quotes and tag; `nil` for a number JSON has no equal of.
    static func plain(_ text: String) -> JSONValue? {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        case ".nan", ".NaN", ".NAN": return nil
        default: break
        }
        let unsigned = text.drop { $0 == "+" || $0 == "-" }
        if [".inf", ".Inf", ".INF"].contains(unsigned), text.utf8.count - unsigned.utf8.count < 2 { return nil }
        for (prefix, radix) in [("0o", 8), ("0x", 16)] where text.hasPrefix(prefix) {
            return integer(text, digits: text.dropFirst(prefix.count), radix: radix)
        }
        return decimal(text)
    }

    private static func integer(_ text: String, digits: Substring, radix: Int) -> JSONValue? {
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.hexDigitValue ?? radix) < radix }) else {
            return .string(text)
        }
        return Int64(digits, radix: radix).map(JSONValue.int)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, or a string.
    private static func decimal(_ text: String) -> JSONValue? {
        var rest = text.utf8[...]
        rest.dropOne(of: "+-")
        let whole = rest.dropDigits()
        let fraction = rest.dropOne(of: ".") ? rest.dropDigits() : 0
        guard whole + fraction > 0 else { return .string(text) }
        if rest.dropOne(of: "eE") {
            rest.dropOne(of: "+-")
            guard rest.dropDigits() > 0 else { return .string(text) }
        }
        guard rest.isEmpty else { return .string(text) }
        // Fails on a point or an exponent, and beyond 64 bits.
        if let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { return nil }
        return .double(number)
    }

    private static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string, .array, .object: "str"
        }
    }
}

extension Substring.UTF8View {
    /// Drops the first byte if it is one of `set`.
    @discardableResult
    fileprivate mutating func dropOne(of set: StaticString) -> Bool {
        guard let first, set.description.utf8.contains(first) else { return false }
        removeFirst()
        return true
    }

    /// Drops leading digits and says how many there were.
    fileprivate mutating func dropDigits() -> Int {
        let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        removeFirst(digits)
        return digits
    }
}
