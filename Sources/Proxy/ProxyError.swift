/// Why the proxy could not do what its owner asked. Nothing that happens to a single connection is an error here: that is
/// counted (`ProxyCounters`), because no caller is waiting for it.
public struct ProxyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it is; the one word a caller branches on and a journal entry names.
    public enum Code: String, Sendable {
        /// A setting is outside the bounds its documentation gives.
        case invalidSetting
        /// A listener of that name is already open.
        case nameTaken
        /// The port is in use by another socket, or this process may not bind it.
        case portUnavailable
        /// The descriptor is not a listening IPv4 TCP socket.
        case notAListener
        /// `shutdown` was called; nothing opens any more.
        case shutDown
        /// A system call failed for a reason of the machine's: out of descriptors, out of memory.
        case systemCall
    }

    /// See `Code`.
    public let code: Code
    /// What was tried and what the kernel said of it, in one sentence.
    public let message: String
    /// `errno` of the call that failed, 0 when no call did.
    public let cause: Int32

    /// An error of `code` with the sentence `message` and the `errno` that caused it.
    public init(code: Code, message: String, cause: Int32 = 0) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Code and message, as a journal line shows them.
    public var description: String { "\(code.rawValue): \(message)" }
}
