public import ClusterModel
import FoundationEssentials

/// Reads JSON texts (RFC 8259); the writer is `JSONValue.write(into:)`.
public enum JSONText {
    /// How deep objects and arrays may be nested (PROTOCOL "Framing and limits"); an API object needs 11 levels.
    public static let depthLimit = 64

    /// The one value `bytes` hold. The members of an object come sorted by name, because Foundation's decoder loses
    /// their order; of two members with one name one is lost. A number without fraction in 64 bits is an `int`
    /// however it is written (`80.0` and `8e1` too).
    ///
    /// Throws `notUTF8`, `tooDeep`, or `notJSON` with line and column where they are known.
    public static func parse(_ bytes: [UInt8]) throws(TextError) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw TextError(code: .notUTF8, message: "the text is not UTF-8")
        }
        try JSONShape.check(bytes, depthLimit: depthLimit)
        do {
            return try JSONDecoder().decode(AnyValue.self, from: Data(bytes)).value
        } catch {
            throw TextError(code: .notJSON, message: words(for: error))
        }
    }

    private static func words(for error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error else { return "the text is not valid JSON" }
        let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
        let place = path.isEmpty ? "" : " (at \(path.drop { $0 == "." }))"
        return "the text is not valid JSON: \(context.debugDescription)\(place)"
    }
}

/// Any JSON value, through a decoder that knows only types asked for. The attempts stand in the order of how often our
/// objects need them: each wrong one costs a thrown error.
private struct AnyValue: Decodable {
    let value: JSONValue

    init(from decoder: any Decoder) throws {
        if let members = try Self.attempt({ try decoder.container(keyedBy: MemberName.self) }) {
            value = .object(try Self.object(members))
            return
        }
        let single = try decoder.singleValueContainer()
        if let text = try Self.attempt({ try single.decode(String.self) }) {
            value = .string(text)
        } else if single.decodeNil() {
            value = .null
        } else if let flag = try Self.attempt({ try single.decode(Bool.self) }) {
            value = .bool(flag)
        } else if let elements = try Self.attempt({ try decoder.unkeyedContainer() }) {
            value = .array(try Self.array(elements))
        } else {
            value = try Self.number(single)
        }
    }

    /// `nil` when the value is of another type; a fault in the text itself is thrown on.
    private static func attempt<Result>(_ read: () throws -> Result) throws -> Result? {
        do {
            return try read()
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            return nil
        }
    }

    private static func object(_ members: KeyedDecodingContainer<MemberName>) throws -> JSONObject {
        let names = members.allKeys.sorted { $0.stringValue.hasBytesBefore($1.stringValue) }
        return JSONObject(
            try names.map { name in
                JSONObject.Member(key: name.stringValue, value: try members.decode(AnyValue.self, forKey: name).value)
            })
    }

    private static func array(_ container: any UnkeyedDecodingContainer) throws -> [JSONValue] {
        var container = container
        var elements: [JSONValue] = []
        while !container.isAtEnd {
            elements.append(try container.decode(AnyValue.self).value)
        }
        return elements
    }

    private static func number(_ single: any SingleValueDecodingContainer) throws -> JSONValue {
        do {
            return .int(try single.decode(Int64.self))
        } catch {
            // It has a fraction or needs more than 64 bits (the decoder's error for that is private to Foundation); what
            // is no number a double can hold either is thrown from the next line.
            return .double(try single.decode(Double.self))
        }
    }
}

/// The name of any member of an object.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
