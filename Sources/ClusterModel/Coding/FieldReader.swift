/// A cursor over the fields of one JSON object on the way to a model value. Each read names a field; a field that is wrong
/// is noted with its path and read as if it were absent, so that one pass finds every fault. As everywhere in v1beta1 an
/// absent field, `null` and the type's zero (`""`, `0`, `[]`, `{}`) mean the same. What was never named is unknown.
struct FieldReader {
    /// The path of the object in the text; empty for the whole.
    let path: String
    /// The rules that differ between a node and its clients.
    let rules: ObjectDecoder
    let object: JSONObject
    let findings: Findings
    private(set) var knownFields: [String] = []

    init(_ object: JSONObject, path: String = "", rules: ObjectDecoder, findings: Findings) {
        self.object = object
        self.path = path
        self.rules = rules
        self.findings = findings
    }

    /// The path of `field`.
    func path(of field: String) -> String {
        path.isEmpty ? field : "\(path).\(field)"
    }

    /// The value of `field`; `nil` when it is absent or `null`. `80.0` is 80, as in every JSON (RFC 8259 §6).
    mutating func value(_ field: String) -> JSONValue? {
        knownFields.append(field)
        switch object[field] {
        case nil, .null: return nil
        case .double(let number): return number.wholeNumber.map(JSONValue.int) ?? .double(number)
        case let value: return value
        }
    }

    /// Fields that are known and mean nothing here.
    mutating func ignore(_ fields: String...) {
        knownFields += fields
    }

    /// A string; empty when absent. `required` says in a clause why it must be there, `format` is demanded of what is.
    mutating func text(_ field: String, required: String? = nil, format: TextFormat? = nil) -> String {
        guard let value = value(field), value != "" else {
            if let required { note(.fieldValueRequired, field, "", required) }
            return ""
        }
        return text(of: value, at: field, format: format) ?? ""
    }

    /// The string `value` is; `nil` and a cause at `field` when it is none or has not the form.
    func text(of value: JSONValue, at field: String, format: TextFormat? = nil) -> String? {
        guard case .string(let text) = value else {
            note(.fieldValueInvalid, field, value, must: "be a string")
            return nil
        }
        if let format, !format.accepts(text) {
            note(.fieldValueInvalid, field, value, must: "be \(format.words)")
            return nil
        }
        if text.utf8.contains(0) {
            // It would end a child process's argument early: what runs would not be what was asked.
            note(.fieldValueInvalid, field, value, must: "hold no NUL character")
            return nil
        }
        return text
    }

    /// As `text`, from `older` where `field` is absent: a name the field had before, which files still use.
    mutating func text(
        _ field: String, older: String, required: String? = nil, format: TextFormat? = nil
    ) -> String {
        ignore(field, older)
        let usesOlder = isAbsent(field, orEqual: "") && !isAbsent(older, orEqual: "")
        return text(usesOlder ? older : field, required: required, format: format)
    }

    /// A whole number; 0 when absent. `range` is demanded of it in any case, `words` say it for people; `required` says in a
    /// clause why it must be there and not 0.
    mutating func integer(
        _ field: String, in range: ClosedRange<Int64>, _ words: String, required: String? = nil
    ) -> Int64 {
        let given = value(field)
        if let required, given ?? 0 == 0 {
            note(.fieldValueRequired, field, 0, required)
            return 0
        }
        switch given ?? 0 {
        case .int(let number) where range.contains(number):
            return number
        case .int(let number):
            let was = given == nil ? "is missing" : "was \(number)"
            note(.fieldValueInvalid, field, .int(number), "must be \(words), \(was)")
        case let other:
            note(.fieldValueInvalid, field, other, must: "be a whole number: \(words)")
        }
        return 0
    }

    /// A truth value; `false` when absent.
    mutating func flag(_ field: String) -> Bool {
        switch value(field) {
        case nil: return false
        case .bool(let flag): return flag
        case let other?:
            note(.fieldValueInvalid, field, other, must: "be true or false")
            return false
        }
    }

    /// A number or a name (reference §1.0 "IntOrString"); `nil` when absent, 0 or empty.
    mutating func portReference(_ field: String) -> PortReference? {
        switch value(field) {
        case nil, .int(0), .string(""): return nil
        case .int(let number): return .number(Int(number))
        case .string: return text(of: object[field] ?? .null, at: field).map(PortReference.name)
        case let other?:
            note(.fieldValueInvalid, field, other, must: "be a port's number or name")
            return nil
        }
    }

    /// What `required` says of a field that needs no reason.
    static let plainlyRequired = "is required"

    /// Notes that `value` of `field` is refused; `message` is a whole clause about the field.
    func note(_ reason: CauseReason, _ field: String, _ value: JSONValue, _ message: @autoclosure () -> String) {
        findings.add(
            FieldCause(reason: reason, field: path(of: field), message: message(), value: value.plainText))
    }

    /// Notes that `value` of `field` must `demand`: `must be 1…65535, was 70000`.
    func note(_ reason: CauseReason, _ field: String, _ value: JSONValue, must demand: String) {
        note(reason, field, value, "must \(demand), was \(value.shownText)")
    }

    /// Notes in a server's own words, which blame no field, that `value` names nothing.
    func noteNotFound(_ what: String, _ value: String, at field: String) {
        findings.add(
            FieldCause(
                reason: .fieldValueNotFound, field: "", message: "\(what) \"\(value.shortened)\" not found"),
            at: path(of: field))
    }

    /// Whether `field` says nothing: it is absent, `null` or its type's zero.
    func isAbsent(_ field: String, orEqual zero: JSONValue) -> Bool {
        let value = object[field] ?? .null
        return value == .null || value == zero
    }

    /// Adds a doubt about the object.
    func warn(_ warning: @autoclosure () -> String) {
        findings.warn(warning())
    }
}

extension JSONValue {
    /// The value in an answer, shortened: a string as it is, anything else as JSON.
    var plainText: String {
        if case .string(let text) = self { return text.shortened }
        return text.shortened
    }

    /// The value in a sentence, shortened: a string in quotes, anything else as JSON.
    var shownText: String {
        if case .string(let text) = self { return "'\(text.shortened)'" }
        return text.shortened
    }
}
