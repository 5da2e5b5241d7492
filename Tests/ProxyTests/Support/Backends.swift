import Glibc
import Synchronization

@testable import Proxy

/// Backends are kept until the process ends: a test still needs those it has mentioned for the last time.
private let kept = Mutex<[any Sendable]>([])

/// A backend: every connection is served by `handler` on a thread of its own, and closed when nobody uses it any more.
final class TestBackend: Sendable {
    let port: UInt16
    private let listener: Peer

    var backend: Backend { Backend(address: loopback, port: port) }

    init(_ handler: @escaping @Sendable (Peer) throws -> Void) throws {
        let (raw, port) = try listenOnLoopback(backlog: 4096)
        self.port = port
        // Accepting waits as long as the test lives: not with a Peer's limit.
        let listener = Peer(owning: raw)
        var forever = timeval()
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &forever, socklen_t(MemoryLayout<timeval>.size))
        self.listener = listener
        kept.withLock { $0.append(self) }
        startThread {
            while case let client = accept(raw, nil, nil), client >= 0 {
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                startThread {
                    let peer = Peer(owning: client)
                    // A handler that fails lets go of its peer; what the test wanted to see it misses at the client.
                    do { try handler(peer) } catch {}
                }
            }
        }
    }

    /// Sends back what it gets, and ends when its client does.
    static func echo() throws -> TestBackend {
        try TestBackend { peer in
            while case let piece = try peer.receiveSome(), !piece.isEmpty { try peer.send(piece) }
        }
    }

    /// Sends `name` to whoever comes, then ends.
    static func named(_ name: String) throws -> TestBackend {
        try TestBackend { peer in
            try peer.send(name)
            peer.endWriting()
            _ = peer.fate()
        }
    }
}

/// A port that refuses: bound, so that nobody else gets it, and not listening.
final class DeadBackend: Sendable {
    private let socket: Peer
    let backend: Backend

    init() throws {
        let (raw, port) = try bindOnLoopback()
        socket = Peer(owning: raw)
        backend = Backend(address: loopback, port: port)
        kept.withLock { $0.append(self) }
    }
}

/// A port that keeps silent: its backlog is full and nobody accepts, so the kernel drops every further SYN.
final class SilentBackend: Sendable {
    private let listener: Peer
    private let filler: Peer
    let backend: Backend

    init() throws {
        let (raw, port) = try listenOnLoopback(backlog: 0)
        listener = Peer(owning: raw)
        filler = try Peer(to: port)
        backend = Backend(address: loopback, port: port)
        kept.withLock { $0.append(self) }
    }
}

func bindOnLoopback() throws -> (raw: Int32, port: UInt16) {
    let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    guard SocketCalls.withAddress(loopback, 0, { bind(raw, $0, $1) }) == 0,
        withUnsafeMutablePointer(
            to: &name,
            { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
            }) == 0
    else { throw Peer.Failure(description: "bind: errno \(errno)") }
    return (raw, UInt16(bigEndian: name.sin_port))
}

func listenOnLoopback(backlog: Int32) throws -> (raw: Int32, port: UInt16) {
    let bound = try bindOnLoopback()
    guard listen(bound.raw, backlog) == 0 else { throw Peer.Failure(description: "listen: errno \(errno)") }
    return bound
}
