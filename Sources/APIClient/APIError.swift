public import ClusterModel

/// Why a request to an API server has no result.
public struct APIError: Error, Sendable, Equatable {
    /// The kinds of failure a client tells apart.
    public enum Code: Sendable, Hashable, CaseIterable {
        /// The address or the version is none.
        case badAddress
        /// A certificate, a key or a certificate authority cannot be read.
        case badCertificate
        /// No connection, or it was cut.
        case unreachable
        /// No whole answer within the deadline.
        case timeout
        /// The answer is longer than the client takes.
        case tooLarge
        /// The answer is neither an object nor a Status.
        case notUnderstood
        /// The server refused: `status` has its words.
        case refused
    }

    /// The kind of failure.
    public var code: Code
    /// The server's words where it sent a Status; ours otherwise.
    public var message: String
    /// The HTTP status, where there was an answer.
    public var httpStatus: Int?
    /// The Status object the server sent (reference §1.8).
    public var status: JSONObject?

    /// A failure.
    public init(code: Code, message: String, httpStatus: Int? = nil, status: JSONObject? = nil) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.status = status
    }
}

extension APIError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
