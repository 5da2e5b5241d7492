/// A JSON value whose objects keep the order of their members.
///
/// Decoding goes text → `JSONValue` → model, so that a model can name *every* invalid field with its path and every field
/// it does not know; encoding goes model → `JSONValue` → text, because v1beta1 fixes the order of fields
/// (reference §1.0) and golden lines are compared byte for byte.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// Any number without fraction or exponent that fits 64 bits.
    case int(Int64)
    /// Every other number.
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object, in order. Look-up is linear: our objects have at most a few dozen members.
public struct JSONObject: Sendable, Equatable {
    /// One `"key": value` of the object.
    public struct Member: Sendable, Equatable {
        /// The member's name, unescaped.
        public var key: String
        /// The member's value.
        public var value: JSONValue

        /// A member `key: value`.
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The members in the order they are written.
    public private(set) var members: [Member]

    /// An object of `members`, in that order.
    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// The value of the first member called `key`, byte for byte (RFC 8259 §8.3). Setting replaces it in place or
    /// appends; setting `nil` removes it.
    public subscript(key: String) -> JSONValue? {
        get { members.first { $0.key.hasSameBytes(as: key) }?.value }
        set {
            let index = members.firstIndex { $0.key.hasSameBytes(as: key) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Adds a member at the end without looking for an older one of that name.
    public mutating func append(_ key: String, _ value: JSONValue) {
        members.append(Member(key: key, value: value))
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// The members in the order of the literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { Member(key: $0.0, value: $0.1) })
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A JSON string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A JSON number.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A JSON boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A JSON array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// A JSON object with its members in the order of the literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member(key: $0.0, value: $0.1) }))
    }
}
