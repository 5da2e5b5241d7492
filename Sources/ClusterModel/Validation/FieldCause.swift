/// Why one field was refused (reference §1.8); the raw value is the wire's word.
public enum CauseReason: String, Sendable, Hashable, CaseIterable {
    /// The field names something that is not there: a mount of an unknown volume.
    case fieldValueNotFound = "FieldValueNotFound"
    /// The field is missing or empty and must not be.
    case fieldValueRequired = "FieldValueRequired"
    /// The value must be unique and another field has it already.
    case fieldValueDuplicate = "FieldValueDuplicate"
    /// The value is of the wrong type, form or range.
    case fieldValueInvalid = "FieldValueInvalid"
    /// The value is none of the known ones.
    case fieldValueNotSupported = "FieldValueNotSupported"
    /// The value is valid, and this node does not allow it.
    case fieldValueForbidden = "FieldValueForbidden"

    /// The words of a v1beta1 `Status` for the reason.
    var phrase: String {
        switch self {
        case .fieldValueNotFound: "not found"
        case .fieldValueRequired: "required value"
        case .fieldValueDuplicate: "duplicate value"
        case .fieldValueInvalid: "invalid value"
        case .fieldValueNotSupported: "unsupported value"
        case .fieldValueForbidden: "forbidden"
        }
    }
}

/// One refused field of an object.
public struct FieldCause: Sendable, Equatable {
    /// The kind of fault.
    public var reason: CauseReason
    /// The field's path with dots and `[i]`, as `desiredState.manifest.containers[0].ports[1].hostPort`.
    public var field: String
    /// What the field must be and what it was, without its path: `must be 1…65535, was 70000`.
    public var message: String
    /// The refused value as text, shortened to `FieldCause.valueLimit` Unicode scalars; empty where there was none.
    public var value: String

    /// How many Unicode scalars of a refused value are repeated in an answer or a journal line: a peer may send megabytes.
    public static let valueLimit = 100

    /// A refusal of `field`.
    public init(reason: CauseReason, field: String, message: String, value: String = "") {
        self.reason = reason
        self.field = field
        self.message = message
        self.value = value
    }

    /// `port: invalid value '70000'`, the message of a cause in a v1beta1 `Status` (reference §1.8).
    public var statusMessage: String { "\(field): \(reason.phrase) '\(value)'" }

    /// The cause in an `error` line (PROTOCOL "Replies"): `{"reason":…,"field":…,"message":…}`.
    public func json() -> JSONObject {
        ["reason": .string(reason.rawValue), "field": .string(field), "message": .string(message)]
    }
}

extension FieldCause: CustomStringConvertible {
    /// `port: must be 1…65535, was 70000`.
    public var description: String { field.isEmpty ? message : "\(field): \(message)" }
}
