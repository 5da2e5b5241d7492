/// Writing the fields v1beta1 omits when they have their type's zero (reference §1.0).
extension JSONObject {
    mutating func append(_ key: String, unlessEmpty text: String) {
        if !text.isEmpty { append(key, .string(text)) }
    }

    mutating func append(_ key: String, unlessEmpty texts: [String]) {
        if !texts.isEmpty { append(key, .array(texts.map(JSONValue.string))) }
    }

    /// The members in the order of their keys, so that equal maps are equal texts.
    mutating func append(_ key: String, unlessEmpty map: [String: String]) {
        if !map.isEmpty { append(key, JSONValue(sorted: map)) }
    }

    mutating func append(_ key: String, unlessZero number: Int64) {
        if number != 0 { append(key, .int(number)) }
    }

    mutating func append(_ key: String, unlessZero number: Int) {
        append(key, unlessZero: Int64(number))
    }

    mutating func append(_ key: String, unlessFalse flag: Bool) {
        if flag { append(key, true) }
    }

    mutating func append(_ key: String, unlessAbsent object: JSONObject?) {
        if let object { append(key, .object(object)) }
    }

    mutating func append(_ key: String, unlessEmpty objects: [JSONObject]) {
        if !objects.isEmpty { append(key, .array(objects.map(JSONValue.object))) }
    }
}

extension JSONValue {
    /// A map as an object, its members in the order of their keys.
    init(sorted map: [String: String]) {
        self = .object(
            JSONObject(
                map.sorted { $0.key.hasBytesBefore($1.key) }.map {
                    JSONObject.Member(key: $0.key, value: .string($0.value))
                }))
    }

    /// A port as number or name, 0 for none (reference §1.0 "IntOrString": never omitted).
    init(_ port: PortReference?) {
        switch port {
        case nil: self = 0
        case .number(let number): self = .int(Int64(number))
        case .name(let name): self = .string(name)
        }
    }
}
