import Glibc
import NIOCore

/// Who is at the other end of a connection.
public enum Peer: Sendable, Hashable {
    /// A textual IP address and the peer's port.
    case tcp(address: String, port: Int)
    /// A process of this machine, as the kernel tells it (SO_PEERCRED, unix(7)): whoever connected or, seen from a client,
    /// whoever listens.
    case local(uid: UInt32, pid: Int32)
}

extension Peer {
    var isTCP: Bool {
        switch self {
        case .tcp: true
        case .local: false
        }
    }
}

extension Peer: CustomStringConvertible {
    /// `10.0.0.1:34567`, `uid 0 pid 4711`.
    public var description: String {
        switch self {
        case .tcp(let address, let port): address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        case .local(let uid, let pid): "uid \(uid) pid \(pid)"
        }
    }
}

/// `struct ucred` of socket(7), which Glibc's module does not show without _GNU_SOURCE.
private struct Credentials: BitwiseCopyable, Sendable {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
}

extension Channel {
    /// The peer of a connected channel. Fails when it is gone already, or of no kind we serve.
    func peer() -> EventLoopFuture<Peer> {
        guard let remoteAddress else {
            return eventLoop.makeFailedFuture(WireError(.connectionClosed, "the peer is gone"))
        }
        if let address = remoteAddress.ipAddress, let port = remoteAddress.port {
            return eventLoop.makeSucceededFuture(.tcp(address: address, port: port))
        }
        guard let options = self as? any SocketOptionProvider else {
            return eventLoop.makeFailedFuture(WireError(.connectionClosed, "the peer cannot be told"))
        }
        // `Credentials` has the size and the layout the kernel writes for SO_PEERCRED.
        let credentials: EventLoopFuture<Credentials> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.map { .local(uid: $0.uid, pid: $0.pid) }
    }
}
