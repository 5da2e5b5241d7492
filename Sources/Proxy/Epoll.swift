import CLinux
import Glibc

/// One worker's epoll set.
struct Epoll: ~Copyable {
    /// What is watched, with which edge or level.
    enum Interest {
        /// Both directions of a connection's leg, edge triggered and never changed again: a leg costs one `epoll_ctl` in its
        /// life, and a ready socket is not polled a second time by the kernel after every wait, as level triggering does.
        /// The price is that readiness must be remembered (`Relay.Leg`) until a call says it is used up.
        case leg
        /// Level triggered and exclusive (epoll_ctl(2), EPOLLEXCLUSIVE): all workers watch one listening socket, a new
        /// connection wakes one of them, and what one leaves in the backlog wakes the next.
        case listener
        /// The worker's eventfd, edge triggered: each write is an edge, so it is never read.
        case wake

        var mask: UInt32 {
            switch self {
            case .leg:
                EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLPRI.rawValue | EPOLLET.rawValue
            case .listener: EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue
            case .wake: EPOLLIN.rawValue | EPOLLET.rawValue
            }
        }
    }

    private let descriptor: Descriptor

    /// An empty set that an eventfd can wake.
    init(wokenBy wake: borrowing Descriptor) throws(ProxyError) {
        let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard raw >= 0 else { throw .systemCall("create an epoll set", errno) }
        let set = Descriptor(owning: raw)
        guard Self.add(set, wake.raw, .wake, .wake) else { throw .systemCall("watch an eventfd", errno) }
        descriptor = set
    }

    /// Watches `raw`; `false` when the kernel has no room for another watch. The watch ends when the descriptor is closed.
    func add(_ raw: Int32, _ interest: Interest, _ token: Token) -> Bool {
        Self.add(descriptor, raw, interest, token)
    }

    private static func add(_ set: borrowing Descriptor, _ raw: Int32, _ interest: Interest, _ token: Token) -> Bool {
        var event = epoll_event(events: interest.mask, data: epoll_data_t(u64: token.raw))
        return epoll_ctl(set.raw, EPOLL_CTL_ADD, raw, &event) == 0
    }

    /// Watches `raw` no longer. It may never have been watched, or be gone already: the wanted end is the same.
    func remove(_ raw: Int32) {
        _ = epoll_ctl(descriptor.raw, EPOLL_CTL_DEL, raw, nil)
    }

    /// Waits up to `milliseconds` (-1 for ever) and writes up to `capacity` events; their number, 0 when time ran out or a
    /// signal came.
    func wait(into events: UnsafeMutablePointer<epoll_event>, capacity: Int32, milliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(descriptor.raw, events, capacity, milliseconds)))
    }
}

/// What the kernel says of a socket.
struct Readiness: OptionSet {
    let rawValue: UInt32
    static var input: Readiness { Readiness(rawValue: EPOLLIN.rawValue) }
    static var output: Readiness { Readiness(rawValue: EPOLLOUT.rawValue) }
    static var urgent: Readiness { Readiness(rawValue: EPOLLPRI.rawValue) }
    /// The peer has ended its direction.
    static var inputEnd: Readiness { Readiness(rawValue: EPOLLRDHUP.rawValue) }
    /// Both directions are over.
    static var hangUp: Readiness { Readiness(rawValue: EPOLLHUP.rawValue) }
    static var failure: Readiness { Readiness(rawValue: EPOLLERR.rawValue) }
}

/// What an epoll event is about. It names a place and the generation of what was in it, so an event that was fetched in one
/// batch with the one that closed its connection finds a newer generation there and touches nothing.
struct Token: Equatable {
    enum Kind: UInt64 {
        case client, backend, listener, wake
    }

    /// Bits 0–1 kind, 2–7 attempt, 8–31 slot, 32–63 generation.
    let raw: UInt64

    /// Slots a worker can name.
    static let maximumSlots = 1 << 24

    init(raw: UInt64) {
        self.raw = raw
    }

    /// The client's leg of a connection.
    init(client slot: UInt32, generation: UInt32) {
        raw = UInt64(generation) << 32 | UInt64(slot) << 8 | Kind.client.rawValue
    }

    /// The backend's leg in attempt number `attempt`: a failed dial's socket is replaced within one connection, so the
    /// generation alone would not tell its last event from the first of the next.
    init(backend slot: UInt32, generation: UInt32, attempt: UInt8) {
        raw = UInt64(generation) << 32 | UInt64(slot) << 8 | UInt64(attempt) << 2 | Kind.backend.rawValue
    }

    /// A listener; its id is never used again, so it needs no generation.
    init(listener id: UInt32) {
        raw = UInt64(id) << 32 | Kind.listener.rawValue
    }

    static var wake: Token { Token(raw: Kind.wake.rawValue) }

    var kind: Kind {
        switch raw & 3 {
        case 0: .client
        case 1: .backend
        case 2: .listener
        default: .wake
        }
    }

    var attempt: UInt8 { UInt8(truncatingIfNeeded: raw >> 2) & 63 }
    var slot: UInt32 { UInt32(truncatingIfNeeded: raw) >> 8 }
    var generation: UInt32 { UInt32(truncatingIfNeeded: raw >> 32) }
    var listener: UInt32 { generation }
}
