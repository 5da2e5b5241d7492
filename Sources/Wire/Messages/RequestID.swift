public import ClusterModel

/// What a peer calls a request; every reply to it carries the same (PROTOCOL "Requests").
public enum RequestID: Sendable, Hashable {
    case string(String)
    case int(Int64)
    /// A number with a fraction; its magnitude is below 2^53, so that it is repeated as the same number.
    case double(Double)

    /// Longest string, in bytes: the longest name of an object, which is the id of a bare one, fits. Every reply repeats it.
    public static let byteLimit = 256

    /// 2^53: from here on a double does not tell neighbouring integers apart, and a reply would carry another id.
    private static let exactLimit = 9_007_199_254_740_992.0

    /// The id `value` stands for; `nil` when it is neither a string of at most `byteLimit` bytes nor a number that can be
    /// repeated exactly.
    public init?(_ value: JSONValue) {
        switch value {
        case .string(let text) where text.utf8.count <= Self.byteLimit: self = .string(text)
        case .int(let number): self = .int(number)
        case .double(let number) where number.magnitude < Self.exactLimit: self = .double(number)
        default: return nil
        }
    }

    /// As it stands on the wire.
    public var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        }
    }
}
