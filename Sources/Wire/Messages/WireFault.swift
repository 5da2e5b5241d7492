public import ClusterModel

/// A refusal: what an `error` line says. Nothing was changed by the line it answers.
public struct WireFault: Error, Sendable, Equatable {
    /// Code and word of the refusal.
    public var reason: FaultReason
    /// For a person.
    public var message: String
    /// One for every field at fault; empty when no field is.
    public var causes: [FieldCause]
    /// The request's id, if it could be read.
    public var id: RequestID?
    /// The line's number on its connection, from 1; `nil` when no line of the peer is meant.
    public var line: Int?

    /// A refusal for `reason`.
    public init(
        _ reason: FaultReason, _ message: String, causes: [FieldCause] = [], id: RequestID? = nil, line: Int? = nil
    ) {
        self.reason = reason
        self.message = message
        self.causes = causes
        self.id = id
        self.line = line
    }

    /// The refusal of the object in request `id` on line `line`, with the object's own code, reason and causes.
    public init(_ invalid: InvalidObject, id: RequestID? = nil, line: Int? = nil) {
        self.init(
            FaultReason(code: invalid.code, name: invalid.reason), invalid.message, causes: invalid.causes, id: id,
            line: line)
    }

    /// 400…599 (PROTOCOL "Replies").
    public var code: Int { reason.code }
}

extension WireFault: CustomStringConvertible {
    /// `422 Invalid: port: must be 1…65535, was 70000`.
    public var description: String { "\(reason.code) \(reason.name): \(message)" }
}
