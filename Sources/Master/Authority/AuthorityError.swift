/// Why the certificate authority did not do what it was asked.
public struct AuthorityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is told apart.
    public enum Code: Sendable, Equatable {
        /// There is an authority already, or a file where one is to be written.
        case exists
        /// There is none.
        case missing
        /// A file cannot be read or written, or holds something else.
        case file
        /// The name is no node's and no person's.
        case name
        /// What is to be signed is no request, or not signed by its own key.
        case request
        /// A life or a time is out of its bounds.
        case life
    }

    /// What failed.
    public let code: Code
    /// In words, with the path or the name.
    public let message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
