import ClusterModel

/// Reads the members of a request and remembers every one at fault, so that a peer learns of all of them at once.
/// `null` counts as absent.
struct MemberReader {
    /// How many causes one answer lists: enough to mend a request in one go, too few to make an answer larger than the
    /// question.
    static let causeLimit = 100
    /// How many warnings one answer lists, for the same reason.
    static let warningLimit = 20
    /// Longest name of an object, a namespace or a master, in bytes: a DNS subdomain (reference §1.0). They are stored,
    /// logged and repeated.
    static let nameLimit = 253

    let op: OperationName
    private let object: JSONObject
    private var known = ["op"]
    private var causes: [FieldCause] = []

    init(_ object: JSONObject, op: OperationName) {
        self.object = object
        self.op = op
    }

    private mutating func value(_ name: String) -> JSONValue? {
        known.append(name)
        let value = object[name]
        return value == .null ? nil : value
    }

    private mutating func requiredValue(_ name: String) -> JSONValue? {
        let value = value(name)
        if value == nil { note(name, .fieldValueRequired, "is required") }
        return value
    }

    /// Notes that `name` is at fault; `message` is a clause about it.
    mutating func note(_ name: String, _ reason: CauseReason, _ message: String) {
        guard causes.count < Self.causeLimit else { return }
        causes.append(FieldCause(reason: reason, field: name, message: message))
    }

    private mutating func noteType(_ name: String, _ expected: String, _ value: JSONValue) {
        note(name, .fieldValueInvalid, "must be \(expected), was \(value.shown)")
    }

    /// The request's id. One that no reply can carry is at fault.
    mutating func id(isRequired: Bool = false) -> RequestID? {
        guard let value = isRequired ? requiredValue("id") : value("id") else { return nil }
        let id = RequestID(value)
        if id == nil {
            noteType("id", "a string of at most \(RequestID.byteLimit) bytes or a number that 53 bits hold", value)
        }
        return id
    }

    /// A string; empty counts as absent.
    mutating func string(_ name: String, isRequired: Bool = false) -> String? {
        guard let value = isRequired ? requiredValue(name) : value(name) else { return nil }
        guard case .string(let text) = value else {
            noteType(name, "a string", value)
            return nil
        }
        if text.isEmpty && isRequired { note(name, .fieldValueRequired, "is required") }
        return text.isEmpty ? nil : text
    }

    /// A string of at most `nameLimit` bytes; empty counts as absent.
    mutating func identifier(_ name: String, isRequired: Bool = false) -> String? {
        guard let text = string(name, isRequired: isRequired) else { return nil }
        let count = text.utf8.count
        guard count <= Self.nameLimit else {
            note(name, .fieldValueInvalid, "must be at most \(Self.nameLimit) bytes, was \(count)")
            return nil
        }
        return text
    }

    /// A string that no message repeats.
    mutating func secret(_ name: String) -> String? {
        guard let value = requiredValue(name) else { return nil }
        guard case .string(let text) = value else {
            note(name, .fieldValueInvalid, "must be a string, was \(value.noun)")
            return nil
        }
        return text
    }

    /// `false` when absent.
    mutating func flag(_ name: String) -> Bool {
        guard let value = value(name) else { return false }
        guard case .bool(let flag) = value else {
            noteType(name, "true or false", value)
            return false
        }
        return flag
    }

    /// A whole number, `minimum`…2^63-1.
    mutating func counter(_ name: String, isRequired: Bool = false, minimum: UInt64 = 0) -> UInt64? {
        guard let value = isRequired ? requiredValue(name) : value(name) else { return nil }
        guard case .int(let number) = value, let counter = UInt64(exactly: number), counter >= minimum else {
            noteType(name, "a whole number of at least \(minimum)", value)
            return nil
        }
        return counter
    }

    mutating func array(_ name: String, isRequired: Bool = false) -> [JSONValue]? {
        guard let value = isRequired ? requiredValue(name) : value(name) else { return nil }
        guard case .array(let elements) = value else {
            noteType(name, "an array", value)
            return nil
        }
        return elements
    }

    /// An object, as it is.
    mutating func object(_ name: String) -> JSONValue? {
        guard let value = requiredValue(name) else { return nil }
        guard case .object = value else {
            noteType(name, "an object", value)
            return nil
        }
        return value
    }

    /// One of the words of `Kind`.
    mutating func kind<Kind>(of type: Kind.Type) -> Kind?
    where Kind: RawRepresentable<String> & CaseIterable {
        string("kind", isRequired: true).flatMap { kind(.string($0), field: "kind", of: type) }
    }

    /// `value` as one of the words of `Kind`; noted at `field` if it is none.
    mutating func kind<Kind>(_ value: JSONValue, field: String, of type: Kind.Type) -> Kind?
    where Kind: RawRepresentable<String> & CaseIterable {
        if case .string(let name) = value, let kind = Kind(rawValue: name) { return kind }
        let words = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        note(field, .fieldValueNotSupported, "must be one of \(words), was \(value.shown)")
        return nil
    }

    /// A warning for every member that was not read.
    func warnings() -> [String] {
        let unknown = object.members.map(\.key).filter { !known.contains($0) }
        let listed = unknown.prefix(Self.warningLimit).map { name in
            let hint = Spelling.closest(to: name, among: known).map { " (did you mean \($0)?)" } ?? ""
            return "unknown field \(name.shortened)\(hint)"
        }
        let rest = unknown.count - listed.count
        return rest > 0 ? listed + ["and \(rest) more"] : listed
    }

    /// Throws what was found at fault; call it when all members are read.
    func check() throws(WireFault) {
        guard !causes.isEmpty else { return }
        let words = causes.map(\.description).joined(separator: "; ")
        throw WireFault(.invalid, "\(op.rawValue) is invalid: \(words)", causes: causes)
    }
}
