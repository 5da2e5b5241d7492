import NIOSSL
import Synchronization

/// What a listener speaks TLS with. The credentials may be replaced at any time: connections that are made from then on
/// see the new ones, those that are open go on.
public final class TLSDoor: Sendable {
    private let credentials: Mutex<TLSCredentials?>
    let onRefusal: @Sendable (Peer, WireError) -> Void

    /// A door. With `nil` for credentials connections are plain, until there are some; there is no way back.
    /// - Parameter onRefusal: told of every connection whose handshake failed, and of every one there was no room for, with TLS
    ///   or without; on the event loop.
    public init(_ credentials: TLSCredentials?, onRefusal: @escaping @Sendable (Peer, WireError) -> Void) {
        self.credentials = Mutex(credentials)
        self.onRefusal = onRefusal
    }

    /// What new connections see.
    public var current: TLSCredentials? { credentials.withLock { $0 } }

    /// Takes over new credentials.
    public func replace(_ credentials: TLSCredentials) {
        self.credentials.withLock { $0 = credentials }
    }
}
