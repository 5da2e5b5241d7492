import ClusterModel

/// How a value of v1beta1 is written: what Go's encoder made of the original's types (reference §1.0–§1.8).
indirect enum WireType: Sendable {
    case text, number, flag, texts
    /// A number or a text; 0 where there is none.
    case reference
    /// `null` where there is none.
    case time
    /// Members in the order of their names.
    case map
    /// Always there.
    case object([WireField])
    /// There if it is given.
    case optional([WireField])
    case list([WireField])
}

/// A member of an object.
struct WireField: Sendable {
    let name: String
    let type: WireType
    /// Whether it is written when it is empty.
    var isKept = false
    /// An older or newer spelling of the same member.
    var twin: String?

    init(_ name: String, _ type: WireType, isKept: Bool = false, twin: String? = nil) {
        self.name = name
        self.type = type
        self.isKept = isKept
        self.twin = twin
    }
}

extension WireType {
    /// The value as it is written; `nil` where its member is left out. What is of another type stays as it is: the server says
    /// so, and names it.
    fileprivate func form(_ value: JSONValue, isKept: Bool) -> JSONValue? {
        switch (self, value) {
        case (.time, .null), (.time, ""): return .null
        case (.object(let fields), .null): return .object(JSONObject().form(fields))
        case (.object(let fields), .object(let object)), (.optional(let fields), .object(let object)):
            return .object(object.form(fields))
        case (.reference, .null), (.reference, ""): return 0
        case (.text, .null), (.text, ""): return isKept ? "" : nil
        case (.number, .null), (.number, 0): return isKept ? 0 : nil
        case (.flag, .null), (.flag, false), (.texts, .null), (.texts, []), (.map, .null), (.map, [:]): return nil
        case (.list, []), (_, .null): return isKept ? .null : nil
        case (.list(let fields), .array(let elements)):
            return .array(elements.map { WireType.object(fields).form($0, isKept: true) ?? $0 })
        case (.map, .object(let object)):
            return .object(JSONObject(object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }))
        default: return value
        }
    }
}

extension JSONObject {
    /// The members `fields` names, in their order.
    func form(_ fields: [WireField]) -> JSONObject {
        var written = JSONObject()
        for field in fields {
            let given = [field.name, field.twin].compactMap { $0.flatMap { self[$0] } }
            let value = given.first { $0 != .null && $0 != "" } ?? given.first ?? .null
            if let value = field.type.form(value, isKept: field.isKept) { written.append(field.name, value) }
        }
        return written
    }
}
