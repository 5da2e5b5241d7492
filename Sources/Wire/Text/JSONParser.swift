import ClusterModel

/// One pass over a JSON text. Our own, because Foundation's decoder has no type for "any value": asked for each type in turn
/// it needs 40 µs for the founding service and minutes for a hostile line of 4 MiB, it takes trailing commas, and it loses
/// the order of members and every fault's place.
struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0

    /// `bytes` must be UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The one value of the text.
    mutating func document() throws(TextError) -> JSONValue {
        skipWhiteSpace()
        guard index < bytes.count else { throw fault("the text is empty") }
        let value = try value(depth: 0)
        skipWhiteSpace()
        guard index == bytes.count else { throw fault("the value is followed by something else") }
        return value
    }

    /// The values of the text, one behind the other.
    mutating func documents() throws(TextError) -> [JSONValue] {
        var values: [JSONValue] = []
        skipWhiteSpace()
        while index < bytes.count {
            values.append(try value(depth: 0))
            skipWhiteSpace()
        }
        return values
    }

    private mutating func value(depth: Int) throws(TextError) -> JSONValue {
        switch current {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try literal("true", true)
        case UInt8(ascii: "f"): return try literal("false", false)
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw fault("a value is missing")
        }
    }

    private mutating func object(depth: Int) throws(TextError) -> JSONObject {
        var object = JSONObject()
        var names: Set<String> = []
        try open(depth: depth)
        while try !close(with: UInt8(ascii: "}"), isFirst: names.isEmpty) {
            let start = index
            guard current == UInt8(ascii: "\"") else { throw fault("a name in quotes is missing") }
            let name = try string()
            guard names.insert(name).inserted else {
                throw fault("the object has this name already", code: .duplicateKey, at: start)
            }
            skipWhiteSpace()
            guard current == UInt8(ascii: ":") else { throw fault("a ':' is missing") }
            index += 1
            skipWhiteSpace()
            object.append(name, try value(depth: depth))
        }
        return object
    }

    private mutating func array(depth: Int) throws(TextError) -> [JSONValue] {
        var elements: [JSONValue] = []
        try open(depth: depth)
        while try !close(with: UInt8(ascii: "]"), isFirst: elements.isEmpty) {
            elements.append(try value(depth: depth))
        }
        return elements
    }

    private mutating func open(depth: Int) throws(TextError) {
        guard depth <= JSONText.depthLimit else {
            throw fault("nested deeper than \(JSONText.depthLimit) levels", code: .tooDeep)
        }
        index += 1
    }

    /// Whether `bracket` comes next, which is then taken; otherwise takes the comma that every entry but the first has
    /// before it, and leaves `index` on the entry.
    private mutating func close(with bracket: UInt8, isFirst: Bool) throws(TextError) -> Bool {
        skipWhiteSpace()
        if current == bracket {
            index += 1
            return true
        }
        let words = "'\(Character(Unicode.Scalar(bracket)))'"
        guard index < bytes.count else { throw fault("the text ends before \(words)") }
        if !isFirst {
            guard current == UInt8(ascii: ",") else { throw fault("a ',' or \(words) is missing") }
            index += 1
            skipWhiteSpace()
            if current == bracket { throw fault("a ',' stands before \(words)") }
        }
        return false
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(TextError) -> JSONValue {
        let end = index + text.utf8CodeUnitCount
        guard end <= bytes.count, bytes[index..<end].elementsEqual(text.description.utf8) else {
            throw fault("a value is missing: only true, false and null are words")
        }
        index = end
        return value
    }

    /// RFC 8259 §6.
    private mutating func number() throws(TextError) -> JSONValue {
        let start = index
        skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try skipDigits() }
        if skip(UInt8(ascii: ".")) { try skipDigits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "-")) { skip(UInt8(ascii: "+")) }
            try skipDigits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        // Fails on a fraction or an exponent, and beyond 64 bits.
        if let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else {
            throw fault("this number is out of range", at: start)
        }
        return .double(number)
    }

    private mutating func string() throws(TextError) -> String {
        let (string, end) = try JSONString.read(bytes, from: index)
        index = end
        return string
    }

    /// The byte at `index`; 0, which JSON has nowhere, at the end.
    private var current: UInt8 { index < bytes.count ? bytes[index] : 0 }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipDigits() throws(TextError) {
        let start = index
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(current) { index += 1 }
        if index == start { throw fault("a digit is missing") }
    }

    private mutating func skipWhiteSpace() {
        while true {
            switch current {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): index += 1
            default: return
            }
        }
    }

    private func fault(_ message: String, code: TextError.Code = .notJSON, at offset: Int? = nil) -> TextError {
        TextError(code: code, message: message, position: TextPosition(in: bytes, offset: offset ?? index))
    }
}
