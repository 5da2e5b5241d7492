/// A v1beta1 `Status`: what became of a request that answers with no object (reference §1.8).
public struct APIStatus: Sendable, Equatable {
    /// How it went.
    public enum Outcome: String, Sendable, Hashable {
        case success = "Success"
        case failure = "Failure"
        /// Not finished: `details.id` names the operation to ask for.
        case working = "Working"
    }

    /// Why a request failed, in one word of reference §1.8; a client of 2014 compares it.
    public enum Reason: String, Sendable, Hashable {
        /// Written as nothing: any other failure.
        case unknown = ""
        case working = "Working"
        case badRequest = "BadRequest"
        case unauthorized = "Unauthorized"
        case forbidden = "Forbidden"
        case notFound = "NotFound"
        case methodNotAllowed = "MethodNotAllowed"
        case alreadyExists = "AlreadyExists"
        case conflict = "Conflict"
        case gone = "Gone"
        case tooLarge = "TooLarge"
        case invalid = "Invalid"
        case tooManyRequests = "TooManyRequests"
        case internalError = "InternalError"
        case notImplemented = "NotImplemented"
        case unavailable = "Unavailable"
    }

    /// One refused field.
    public struct Cause: Sendable, Equatable {
        /// The kind of fault.
        public var reason: CauseReason
        /// `port: invalid value '0'`.
        public var message: String
        /// The field's path.
        public var field: String

        /// A refusal of `field`.
        public init(reason: CauseReason, message: String, field: String) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// What the status is about.
    public struct Details: Sendable, Equatable {
        /// The object's or the operation's name; may be empty.
        public var id: String
        /// The kind as messages spell it: `replicationController`, `operation`.
        public var kind: String
        /// One per refused field.
        public var causes: [Cause]

        /// What a status is about.
        public init(id: String, kind: String, causes: [Cause] = []) {
            self.id = id
            self.kind = kind
            self.causes = causes
        }
    }

    /// The path of the request, where the operation had begun when it failed; empty where it was refused before.
    public var selfLink: String
    /// How it went.
    public var outcome: Outcome
    /// For people.
    public var message: String
    /// For programs.
    public var reason: Reason
    /// What it is about; `nil` where it is about nothing in particular.
    public var details: Details?
    /// The HTTP status of the answer. `success` writes none.
    public var code: Int

    /// A status; what is not given is empty.
    public init(
        _ outcome: Outcome, code: Int, reason: Reason = .unknown, message: String = "", details: Details? = nil,
        selfLink: String = ""
    ) {
        self.selfLink = selfLink
        self.outcome = outcome
        self.message = message
        self.reason = reason
        self.details = details
        self.code = code
    }

    /// Done, and there is nothing to say.
    public static let success = APIStatus(.success, code: 200)

    /// 202: operation `id` has not finished.
    public static func working(operation id: String) -> APIStatus {
        APIStatus(.working, code: 202, reason: .working, details: Details(id: id, kind: "operation"))
    }

    /// The status as v1beta1 writes it.
    public func json() -> JSONObject {
        var object: JSONObject = ["kind": "Status", "creationTimestamp": .null]
        object.append("selfLink", unlessEmpty: selfLink)
        object.append("apiVersion", .string(servedAPIVersion))
        object.append("status", .string(outcome.rawValue))
        object.append("message", unlessEmpty: message)
        object.append("reason", unlessEmpty: reason.rawValue)
        object.append("details", unlessAbsent: details?.json())
        if outcome != .success { object.append("code", .int(Int64(code))) }
        return object
    }
}

extension APIStatus.Details {
    func json() -> JSONObject {
        var object = JSONObject()
        object.append("id", unlessEmpty: id)
        object.append("kind", unlessEmpty: kind)
        object.append(
            "causes",
            unlessEmpty: causes.map { cause in
                [
                    "reason": .string(cause.reason.rawValue), "message": .string(cause.message),
                    "field": .string(cause.field),
                ]
            })
        return object
    }
}
