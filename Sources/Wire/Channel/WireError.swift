import Glibc
import NIOCore
import NIOPosix

/// What goes wrong with sockets. A refusal of a request is a `WireFault`, not this.
public struct WireError: Error, Sendable {
    /// The kinds of failure a caller tells apart.
    public enum Code: Sendable, Hashable, CaseIterable {
        /// Somebody listens there already.
        case addressInUse
        /// The address cannot be listened on: a path too long, a file that is no socket, an address not of this host.
        case addressInvalid
        /// A listener ended although nobody stopped it.
        case listenerLost
        /// Nobody answers at the address.
        case connectFailed
        /// The connection has ended.
        case connectionClosed
        /// The peer read nothing for `LineLimits.writeDeadline`; the connection was closed.
        case writeStalled
        /// The greeting took longer than `LineLimits.greetingDeadline`.
        case greetingDeadlineExceeded
        /// The log was not opened within `LineLimits.logOpenDeadline`.
        case answerDeadlineExceeded
        /// The other end does not speak this protocol.
        case notTheProtocol
        /// The agent asks for a token and there is none.
        case tokenRequired
        /// The listener has as many connections as it may have; who comes is refused.
        case tooManyConnections
        /// A certificate cannot be used: the peer's is expired, of another authority or of somebody else, or our own file is
        /// none. The message says which.
        case certificateInvalid
        /// The peer does not take our certificate; the message says why, as far as its alert does.
        case certificateRefused
        /// The request is longer than the agent takes (`LineLimits.maxLineBytes`); nothing was sent.
        case lineTooLong
        /// More than `LineLimits.maxUnreadReplies` came for one request.
        case tooManyUnreadReplies
        /// The task was cancelled.
        case cancelled
    }

    /// The kind of failure.
    public var code: Code
    /// For a person; names the address or the peer.
    public var message: String
    /// What the system or the library said.
    public var cause: (any Error)?

    /// A failure.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension WireError: CustomStringConvertible {
    /// The message and, after a colon, the cause.
    public var description: String { cause.map { "\(message): \(Self.words(of: $0))" } ?? message }

    /// The kernel's words for what NIO wraps, without the names of its functions; of several addresses that were tried the last
    /// one's.
    private static func words(of cause: any Error) -> String {
        switch cause {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { words(of: $0.error) } ?? "the name has no address"
        default: "\(cause)"
        }
    }
}
