import CLinux
import Glibc

/// Something without which no figure means anything.
struct SwarmError: Error, CustomStringConvertible {
    let description: String

    /// The failure of a system call, with its reason.
    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

/// Many minions in one process and on one thread, each on an address of its own from 127.1.0.1 on: all of 127.0.0.0/8 is this
/// machine. What they do costs them little, so that what is measured is the master.
final class Swarm {
    /// What an event is about, in the upper half of its word: the lower half is a descriptor, or a minion's index.
    private enum Source: UInt64 {
        case listener, session, control
    }

    /// Read at once from one connection: a part of a full set.
    private static let pieceBytes = 64 * 1_024
    private static let eventLimit = 256

    let minions: [SwarmMinion]
    var shared: ObjectTable
    var parts = SharedParts()
    /// The minion of each pod.
    var owners: [ObjectKey: Int] = [:]
    /// Since the start.
    var requests = 0
    var fullSets = 0
    /// Sessions with a watch, and when there was one for every minion; nanoseconds of CLOCK_MONOTONIC.
    private(set) var watching = 0
    private(set) var allWatchingSince: UInt64 = 0
    private var sessions: [Int32: SwarmSession] = [:]
    private var listeners: [Int32] = []
    private let epoll: Int32

    /// `count` minions that listen on `port`.
    init(count: Int, port: UInt16) throws {
        minions = (0..<count).map { SwarmMinion(index: $0, name: "127.1.\($0 / 250).\($0 % 250 + 1)") }
        shared = ObjectTable(minions: count)
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        for minion in minions { try listen(minion, port) }
        watchDescriptor(STDIN_FILENO, .control, STDIN_FILENO, writes: false)
    }

    /// Nanoseconds of CLOCK_MONOTONIC, the clock of `time.monotonic` of Python.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Serves until `control` has no more commands.
    func run(_ control: inout SwarmControl) {
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventLimit)
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            for event in events.prefix(Int(max(0, count))) {
                let number = Int32(truncatingIfNeeded: event.data.u64)
                switch Source(rawValue: event.data.u64 >> 32) {
                case .listener: accept(minions[Int(number)])
                case .control: if !control.answer(self) { return }
                default: serve(number, &piece)
                }
            }
        }
    }

    /// Cuts all connections.
    func drop() {
        for session in Array(sessions.values) { end(session) }
    }

    /// The watch of one more session has begun.
    func watchBegan() {
        watching += 1
        if watching == minions.count { allWatchingSince = Self.now() }
    }

    /// The pod is gone from `minion`; another may have it already.
    func forgetPod(_ key: ObjectKey, of minion: SwarmMinion) {
        if owners[key] == minion.index { owners[key] = nil }
    }

    /// Sends what a session has to say beside its answers.
    func send(_ session: SwarmSession) {
        let isPending = session.flush()
        watchDescriptor(session.descriptor, .session, session.descriptor, writes: isPending, isKnown: true)
    }

    // MARK: Sockets

    private func listen(_ minion: SwarmMinion, _ port: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw SwarmError("cannot open a socket") }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        // As an agent does, for all that is accepted here: or what a pod says waits 40 ms for the ack of the line before.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, minion.name, &address.sin_addr)
        // The pointer lives for the call; bind(2) takes an address of any family as a `sockaddr`.
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, Glibc.listen(descriptor, 16) == 0 else {
            throw SwarmError("cannot listen on \(minion.name):\(port)")
        }
        listeners.append(descriptor)
        watchDescriptor(descriptor, .listener, Int32(minion.index), writes: false)
    }

    private func accept(_ minion: SwarmMinion) {
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = accept4(listeners[minion.index], nil, nil, flags)
        guard descriptor >= 0 else { return }
        if let former = minion.session { end(former) }
        let session = SwarmSession(descriptor: descriptor, minion: minion, swarm: self)
        sessions[descriptor] = session
        minion.session = session
        watchDescriptor(descriptor, .session, descriptor, writes: session.flush())
    }

    private func serve(_ descriptor: Int32, _ piece: inout [UInt8]) {
        guard let session = sessions[descriptor] else { return }
        let count = piece.withUnsafeMutableBytes { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 { session.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            return count
        }
        if count == 0 || count < 0 && errno != EAGAIN || session.isOver { return end(session) }
        send(session)
    }

    private func end(_ session: SwarmSession) {
        sessions[session.descriptor] = nil
        if session.minion.session === session { session.minion.session = nil }
        if session.watch != nil { watching -= 1 }
        close(session.descriptor)
    }

    private func watchDescriptor(
        _ descriptor: Int32, _ source: Source, _ number: Int32, writes: Bool, isKnown: Bool = false
    ) {
        let interest = EPOLLIN.rawValue | (writes ? EPOLLOUT.rawValue : 0)
        let word = source.rawValue << 32 | UInt64(UInt32(bitPattern: number))
        var event = epoll_event(events: interest, data: epoll_data_t(u64: word))
        epoll_ctl(epoll, isKnown ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event)
    }
}
