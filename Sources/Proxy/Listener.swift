import Glibc
import Synchronization

/// One listening socket and what all workers share of it. Every worker that serves it holds it, so the socket is closed, and
/// its number free for another, only when none can still be about to accept from it.
///
/// A UDP service will have its own socket class beside this one: it accepts nothing and its flows live elsewhere.
final class Listener: Sendable {
    /// Unique in this process, never used again.
    let id: UInt32
    let descriptor: Descriptor
    let port: UInt16
    let tallies: TallyBoard
    private let tickets = Atomic<UInt64>(0)
    private let workers: Int
    private let serving = Atomic<Int>(0)

    private init(id: UInt32, descriptor: consuming Descriptor, port: UInt16, workers: Int) {
        self.id = id
        self.workers = workers
        self.descriptor = descriptor
        self.port = port
        tallies = TallyBoard(workers: workers)
    }

    /// The next connection's turn in the round robin.
    func drawTicket() -> UInt64 { tickets.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// The turn that will be drawn next.
    var nextTicket: UInt64 { tickets.load(ordering: .relaxed) }

    /// One more worker has its backends, for the first time.
    func countServing() { serving.wrappingAdd(1, ordering: .relaxed) }

    /// Whether every worker has had its backends. Until then a client must not be given to another worker: orders reach one
    /// worker after the other, and one that has no backends yet would turn it away.
    var isServedByAll: Bool { serving.load(ordering: .relaxed) == workers }

    /// Stops listening at once, whoever else holds the socket: systemd's descriptor store keeps a duplicate, and closing ours
    /// alone would leave a port that takes connections nobody will ever accept. What waits in the backlog is reset.
    func stopListening() {
        _ = shutdown(descriptor.raw, Int32(SHUT_RDWR))
    }

    /// Listens on 0.0.0.0:`port`, or on a free port when it is 0.
    static func open(id: UInt32, port: UInt16, options: ListenerOptions) throws(ProxyError) -> Listener {
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | SocketCalls.socketFlags, Int32(IPPROTO_TCP))
        guard raw >= 0 else { throw .systemCall("create a socket", errno) }
        let descriptor = Descriptor(owning: raw)
        guard options.descriptors.admits(descriptor) else { throw .systemCall("open another listener", EMFILE) }
        // Connections in TIME_WAIT must not keep a port that is asked for. With port 0 this comes after bind, for those who ask
        // for the port later: before it, the kernel might choose one that another socket has bound and does not listen on yet.
        if port != 0 { SocketCalls.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
        guard SocketCalls.withAddress(INADDR_ANY, port, { bind(raw, $0, $1) }) == 0 else {
            throw .portUnavailable(port, errno)
        }
        if port == 0 { SocketCalls.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
        return try listen(id: id, descriptor, options)
    }

    /// Takes over a socket that listens already. It is closed if it turns out to be something else.
    static func adopt(id: UInt32, raw: Int32, options: ListenerOptions) throws(ProxyError) -> Listener {
        let descriptor = Descriptor(owning: raw)
        guard option(descriptor, SO_ACCEPTCONN) == 1, option(descriptor, SO_DOMAIN) == AF_INET,
            option(descriptor, SO_PROTOCOL) == Int32(IPPROTO_TCP)
        else {
            throw ProxyError(
                code: .notAListener, message: "descriptor \(raw) is not a listening IPv4 TCP socket")
        }
        let flags = fcntl(raw, F_GETFL)
        guard fcntl(raw, F_SETFL, flags | O_NONBLOCK) == 0, fcntl(raw, F_SETFD, FD_CLOEXEC) == 0 else {
            throw .systemCall("set the flags of descriptor \(raw)", errno)
        }
        return try listen(id: id, descriptor, options)
    }

    private static func listen(
        id: UInt32, _ descriptor: consuming Descriptor, _ options: ListenerOptions
    ) throws(ProxyError) -> Listener {
        SocketCalls.setRelayOptions(descriptor, options.keepalive)
        let port = try localPort(descriptor)
        // Again for an adopted one: it takes this run's backlog.
        guard Glibc.listen(descriptor.raw, options.backlog) == 0 else { throw .portUnavailable(port, errno) }
        return Listener(id: id, descriptor: descriptor, port: port, workers: options.workers)
    }

    private static func localPort(_ descriptor: borrowing Descriptor) throws(ProxyError) -> UInt16 {
        let raw = descriptor.raw
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
        }
        guard result == 0 else { throw .systemCall("read the port of descriptor \(raw)", errno) }
        return UInt16(bigEndian: name.sin_port)
    }

    private static func option(_ descriptor: borrowing Descriptor, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor.raw, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
}

/// What every listener of one server has in common.
struct ListenerOptions: Sendable {
    let backlog: Int32
    let keepalive: Keepalive
    let descriptors: DescriptorBudget
    let workers: Int
}

extension ProxyError {
    fileprivate static func portUnavailable(_ port: UInt16, _ cause: Int32) -> ProxyError {
        ProxyError(
            code: .portUnavailable, message: "cannot listen on port \(port): \(String(cString: strerror(cause)))",
            cause: cause)
    }
}
