/// Why the master did not do what it was asked: a failed `Status`, ready to be answered.
public struct APIFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Code, reason, message and details.
    public var status: APIStatus

    /// A failure with `code`, 400 or more.
    public init(_ code: Int, _ reason: APIStatus.Reason, _ message: String, details: APIStatus.Details? = nil) {
        status = APIStatus(.failure, code: code, reason: reason, message: message, details: details)
    }

    /// 400: the request cannot be understood.
    public static func badRequest(_ message: String) -> APIFailure {
        APIFailure(400, .badRequest, message)
    }

    /// 404: `replicationController "x" not found`.
    /// - Parameter kind: as messages spell it.
    public static func notFound(_ kind: String, _ name: String) -> APIFailure {
        APIFailure(404, .notFound, "\(kind) \"\(name)\" not found", details: .init(id: name, kind: kind))
    }

    /// 409: an object of that name is there already.
    public static func alreadyExists(_ kind: String, _ name: String) -> APIFailure {
        APIFailure(409, .alreadyExists, "\(kind) \"\(name)\" already exists", details: .init(id: name, kind: kind))
    }

    /// 409: the object is no longer what the request took it for; `why` completes `cannot be updated:`.
    public static func conflict(_ kind: String, _ name: String, _ why: String) -> APIFailure {
        APIFailure(
            409, .conflict, "\(kind) \"\(name)\" cannot be updated: \(why)", details: .init(id: name, kind: kind))
    }

    /// 422 with a cause per refused field, in the words of reference §1.8; several are told in brackets, as recorded. What
    /// blames no field is only said in the message.
    public static func invalid(_ kind: String, _ name: String, _ causes: [FieldCause]) -> APIFailure {
        let faults = causes.map { $0.field.isEmpty ? $0.message : $0.statusMessage }
        let why = faults.count == 1 ? faults[0] : "[\(faults.joined(separator: ", "))]"
        return APIFailure(
            422, .invalid, "\(kind) \"\(name)\" is invalid: \(why)",
            details: .init(
                id: name, kind: kind,
                causes: causes.filter { !$0.field.isEmpty }.map {
                    .init(reason: $0.reason, message: $0.statusMessage, field: $0.field)
                }))
    }

    /// The same failure of an operation that had begun: the answer names the path it was asked at.
    public func at(_ selfLink: String) -> APIFailure {
        var failure = self
        failure.status.selfLink = selfLink
        return failure
    }

    /// The message.
    public var description: String { status.message }
}
