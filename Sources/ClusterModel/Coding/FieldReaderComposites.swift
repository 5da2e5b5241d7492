/// Reading arrays, maps and nested objects, each with its own reader so that every fault knows its path.
extension FieldReader {
    /// The object in `field`, read by `read`; `nil` when absent.
    mutating func object<Model>(_ field: String, _ read: (inout FieldReader) -> Model) -> Model? {
        value(field).map { nested($0, at: field, read) }
    }

    /// As `object`, an absent one being read as an empty one: for objects whose own fields are required.
    mutating func objectOrEmpty<Model>(_ field: String, _ read: (inout FieldReader) -> Model) -> Model {
        nested(value(field) ?? .object(JSONObject()), at: field, read)
    }

    /// The array of objects in `field`, each read by `read`; none when absent. The index of a result is its index in the text.
    mutating func objects<Model>(_ field: String, _ read: (inout FieldReader) -> Model) -> [Model] {
        elements(field).enumerated().map { index, element in nested(element, at: "\(field)[\(index)]", read) }
    }

    /// The array of strings in `field`; none when absent, an empty one for an element that was refused. `required` says
    /// in a clause why there must be some, `format` is demanded of each. The index of a result is its index in the
    /// text.
    mutating func texts(_ field: String, required: String? = nil, format: TextFormat? = nil) -> [String] {
        let elements = elements(field)
        if let required, isAbsent(field, orEqual: []) { note(.fieldValueRequired, field, [], required) }
        return elements.enumerated().map { index, element in
            text(of: element, at: "\(field)[\(index)]", format: format) ?? ""
        }
    }

    /// The map of strings in `field`; empty when absent.
    mutating func textMap(_ field: String) -> [String: String] {
        members(field).reduce(into: [:]) { map, member in
            map[member.key] = text(of: member.value, at: "\(field).\(member.key.shortened)")
        }
    }

    /// The map of objects in `field`, each read by `read`; empty when absent.
    mutating func objectMap<Model>(_ field: String, _ read: (inout FieldReader) -> Model) -> [String: Model] {
        members(field).reduce(into: [:]) { map, member in
            map[member.key] = nested(member.value, at: "\(field).\(member.key.shortened)", read)
        }
    }

    /// A map of labels or of a selector: every key must be a `labelKey`, values are free (reference §1.0 "Labels"). The
    /// server takes any key, as it did that week.
    /// `required` says in a clause why there must be some.
    mutating func labels(_ field: String, required: String? = nil) -> [String: String] {
        let labels = textMap(field)
        if let required, isAbsent(field, orEqual: .object(JSONObject())) {
            note(.fieldValueRequired, field, "map[]", required)
        }
        guard !rules.speaksAsServer, case .object(let object) = object[field] else { return labels }
        for key in object.members.map(\.key) where !TextFormat.labelKey.accepts(key) {
            note(
                .fieldValueNotSupported, field, .string(key),
                "has the key '\(key.shortened)', which must be \(TextFormat.labelKey.words)")
        }
        return labels
    }

    /// Notes every element of array `field` whose `name` an earlier one has; the empty name is none.
    func noteDuplicates(in field: String, of names: [String], as name: String = "name") {
        var seen: Set<String> = []
        for (index, text) in names.enumerated() where !text.isEmpty && !seen.insert(text).inserted {
            note(.fieldValueDuplicate, "\(field)[\(index)].\(name)", .string(text), must: "be unique")
        }
    }

    /// Warns of every field nobody asked for, with the known name it may have been meant for.
    func warnAboutUnknownFields() {
        for member in object.members where !knownFields.contains(where: member.key.hasSameBytes) {
            warn(unknownFieldWarning(member.key))
        }
    }

    private func unknownFieldWarning(_ field: String) -> String {
        let guess = Spelling.closest(to: field, among: knownFields)
        let hint = guess.map { " (did you mean \($0)?)" } ?? ""
        return "unknown field \(path(of: field.shortened))\(hint)"
    }

    private mutating func elements(_ field: String) -> [JSONValue] {
        switch value(field) {
        case nil: return []
        case .array(let elements): return elements
        case let other?:
            note(.fieldValueInvalid, field, other, must: "be an array")
            return []
        }
    }

    private mutating func members(_ field: String) -> [JSONObject.Member] {
        switch value(field) {
        case nil: return []
        case .object(let object): return object.members
        case let other?:
            note(.fieldValueInvalid, field, other, must: "be an object")
            return []
        }
    }

    /// Reads what is no object as an empty one, whose own faults nobody wants to hear of.
    private func nested<Model>(_ value: JSONValue, at field: String, _ read: (inout FieldReader) -> Model) -> Model {
        guard case .object(let object) = value else {
            note(.fieldValueInvalid, field, value, must: "be an object")
            var empty = FieldReader(JSONObject(), rules: rules, findings: Findings())
            return read(&empty)
        }
        var reader = FieldReader(object, path: path(of: field), rules: rules, findings: findings)
        let model = read(&reader)
        reader.warnAboutUnknownFields()
        return model
    }
}
