import CLinux
import Glibc

/// The system calls on sockets, each once, with their return values turned into words.
///
/// There is no IP_BIND_ADDRESS_NO_PORT here: it postpones the choice of a source port where `bind` comes before `connect`.
/// We do not bind, so the kernel chooses at `connect`, by the whole four-tuple, which is the same and one call less.
enum SocketCalls {
    /// What `accept` found in a listener's backlog.
    enum Accepted: ~Copyable {
        case connection(Descriptor)
        case nothing
        /// There was one, and it is gone or may not be used: the next one may do.
        case aborted
        /// No descriptor or memory left, here or in the whole system.
        case exhausted
        /// The listening socket has been shut down.
        case closed
    }

    /// How a dial begins.
    enum Dialled: ~Copyable {
        /// The socket will become writable, or fail.
        case begun(Descriptor)
        case refused
        /// No source port is left towards this backend (connect(2), EADDRNOTAVAIL): the node's want, not the backend's refusal.
        case withoutPort
        case exhausted
    }

    /// How a transfer of bytes ended.
    enum Transfer: Equatable {
        case bytes(Int)
        case wouldBlock
        /// `receive` only: the peer has ended its direction.
        case ended
        case failed
    }

    /// Takes one connection, non-blocking and close-on-exec. Its options are those of the listener (tcp(7): they are
    /// inherited), so accepting is this one call.
    static func accept(_ listener: borrowing Descriptor) -> Accepted {
        let raw = accept4(listener.raw, nil, nil, socketFlags)
        if raw >= 0 { return .connection(Descriptor(owning: raw)) }
        switch errno {
        case EAGAIN: return .nothing
        case EINVAL, EBADF, ENOTSOCK: return .closed
        // accept(2): errors that were waiting on the new connection, and a firewall's veto.
        case ECONNABORTED, EINTR, EPERM, EPROTO, ENOPROTOOPT, ENETDOWN, ENONET, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH,
            EOPNOTSUPP, ETIMEDOUT:
            return .aborted
        // EMFILE, ENFILE, ENOBUFS, ENOMEM. Anything unknown is treated alike: a pause is never a spin.
        default: return .exhausted
        }
    }

    /// Begins to connect to `backend`.
    static func dial(_ backend: Backend, _ keepalive: Keepalive, _ budget: DescriptorBudget) -> Dialled {
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | socketFlags, Int32(IPPROTO_TCP))
        guard raw >= 0 else { return .exhausted }
        let descriptor = Descriptor(owning: raw)
        guard budget.admits(descriptor) else { return .exhausted }
        setRelayOptions(descriptor, keepalive)
        let result = withAddress(backend.address, backend.port) { connect(raw, $0, $1) }
        guard result != 0, errno != EINPROGRESS else { return .begun(descriptor) }
        return errno == EADDRNOTAVAIL ? .withoutPort : .refused
    }

    /// Reads up to `capacity` bytes.
    @inline(__always)
    static func receive(
        _ socket: Int32, into buffer: UnsafeMutableRawPointer?, capacity: Int, flags: Int32 = 0
    ) -> Transfer {
        while true {
            let count = recv(socket, buffer, capacity, flags)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended }
            switch errno {
            case EAGAIN: return .wouldBlock
            case EINTR: continue
            default: return .failed
            }
        }
    }

    /// Reads up to `capacity` bytes and leaves them where they are, to be read again.
    static func peek(_ socket: Int32, into buffer: UnsafeMutableRawPointer, capacity: Int) -> Transfer {
        receive(socket, into: buffer, capacity: capacity, flags: Int32(MSG_PEEK))
    }

    /// Takes `count` bytes that were peeked at out of the socket (tcp(7), MSG_TRUNC: they are dropped without being copied);
    /// `false` if the socket has failed meanwhile.
    static func drop(_ socket: Int32, count: Int) -> Bool {
        var left = count
        while left > 0 {
            guard
                case .bytes(let dropped) = receive(socket, into: nil, capacity: left, flags: Int32(MSG_TRUNC))
            else { return false }
            left -= dropped
        }
        return true
    }

    /// Writes up to `count` bytes; a peer that has gone is an error here and never a SIGPIPE.
    @inline(__always)
    static func send(_ socket: Int32, from buffer: UnsafeMutableRawPointer, count: Int) -> Transfer {
        while true {
            let sent = Glibc.send(socket, buffer, count, Int32(MSG_NOSIGNAL))
            if sent >= 0 { return .bytes(sent) }
            switch errno {
            case EAGAIN: return .wouldBlock
            case EINTR: continue
            default: return .failed
            }
        }
    }

    /// Sends the end of our direction. An error means that the peer is gone, which the next event or read tells as well.
    static func endWriting(_ socket: Int32) {
        _ = shutdown(socket, Int32(SHUT_WR))
    }

    /// Makes the coming `close` a reset instead of an orderly end (socket(7), SO_LINGER with time 0).
    static func resetOnClose(_ socket: borrowing Descriptor) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(socket.raw, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// What both legs of a relay need. Set on a listener it holds for all it accepts.
    ///
    /// A failure is ignored: each option exists on every Linux this runs on, its values were checked
    /// (`ProxySettings.validate`), and a connection without one of them is still better than none.
    static func setRelayOptions(_ socket: borrowing Descriptor, _ keepalive: Keepalive) {
        // What the peer sent in one piece we send in one piece: waiting for more would only add delay (Nagle).
        set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        // A byte sent as urgent (telnet, ftp) stays in its place in the stream instead of being dropped on the way.
        set(socket, SOL_SOCKET, SO_OOBINLINE, 1)
        set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(socket, Int32(IPPROTO_TCP), TCP_KEEPIDLE, keepalive.idle)
        set(socket, Int32(IPPROTO_TCP), TCP_KEEPINTVL, keepalive.interval)
        set(socket, Int32(IPPROTO_TCP), TCP_KEEPCNT, keepalive.probes)
    }

    static let socketFlags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    static func set(_ socket: borrowing Descriptor, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = setsockopt(socket.raw, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Calls `body` with an IPv4 socket address (`address` in host order) and its length.
    static func withAddress<Result>(
        _ address: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = address.bigEndian
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// The keep-alive options of tcp(7), in seconds and probes.
struct Keepalive: Sendable {
    let idle: Int32
    let interval: Int32
    let probes: Int32
}

extension ProxyError {
    /// A failed system call: what was tried, and the kernel's words.
    static func systemCall(_ attempt: String, _ cause: Int32) -> ProxyError {
        ProxyError(code: .systemCall, message: "cannot \(attempt): \(String(cString: strerror(cause)))", cause: cause)
    }
}
