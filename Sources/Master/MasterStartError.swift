/// Why the master cannot start; the message says what to do.
public struct MasterStartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What failed.
    public enum Code: Sendable, Equatable {
        /// The data folder or the store in it cannot be used.
        case store
        /// The address cannot be bound.
        case listen
        /// A minion of `machines` is refused.
        case machines
        /// The file of the minions' token cannot be used.
        case token
        /// The certificate authority cannot be used.
        case authority
    }

    /// What failed.
    public let code: Code
    /// In words, with the path or address.
    public let message: String

    /// An error.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
