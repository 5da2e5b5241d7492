/// Why a request was refused: a code and a word of the v1beta1 `Status` (reference §1.8, PROTOCOL "Replies").
///
/// Open on purpose: a client may meet a reason that is newer than itself.
public struct FaultReason: Sendable, Hashable {
    /// 400…599, with HTTP's meaning.
    public let code: Int
    /// One CamelCase word.
    public let name: String

    /// A reason as read from elsewhere; ours are the constants below.
    public init(code: Int, name: String) {
        self.code = code
        self.name = name
    }

    /// 400: the line is no request: not JSON, an unknown op, a member of the wrong type.
    public static let badRequest = FaultReason(code: 400, name: "BadRequest")
    /// 401: nothing but `auth` is answered before authentication, or the token is wrong.
    public static let unauthorized = FaultReason(code: 401, name: "Unauthorized")
    /// 404: what the request names is not here.
    public static let notFound = FaultReason(code: 404, name: "NotFound")
    /// 409: another source owns the object.
    public static let conflict = FaultReason(code: 409, name: "Conflict")
    /// 409: a newer leader was seen.
    public static let staleTerm = FaultReason(code: 409, name: "StaleTerm")
    /// 413: a line or a transaction is over its bound.
    public static let tooLarge = FaultReason(code: 413, name: "TooLarge")
    /// 422: a member is missing or its value is not allowed; every such member has its cause.
    public static let invalid = FaultReason(code: 422, name: "Invalid")
    /// 429: a bound on connections or attempts is reached.
    public static let tooManyRequests = FaultReason(code: 429, name: "TooManyRequests")
    /// 500: the agent's own fault.
    public static let internalError = FaultReason(code: 500, name: "InternalError")
    /// 501: known by name and not built yet.
    public static let notImplemented = FaultReason(code: 501, name: "NotImplemented")
    /// 503: not now.
    public static let unavailable = FaultReason(code: 503, name: "Unavailable")
}
