import CLinux
import Glibc
import Synchronization

/// One thread's data plane: its epoll set, its connections, its buffers. It lives on the thread's stack and nothing else can
/// reach it, so nothing in here is locked, counted by reference per byte, or checked for exclusive access at run time.
///
/// The loop below is the whole flow: events → accept (Worker+Accept) → dial (Worker+Dial) → relay (Worker+Relay), then
/// connections that had more to do than their turn, then deadlines. UDP flows will be one more kind of token and a table beside
/// `connections`.
struct Worker: ~Copyable {
    /// Events fetched by one `epoll_wait`. Enough to spread its cost, few enough that deadlines and orders are looked at often.
    static let eventsPerWait: Int32 = 256

    /// A listener this worker serves, with the backends it was told last.
    struct Served {
        let listener: Listener
        var backends: BackendSet
    }

    let index: Int
    let context: WorkerContext
    let mailbox: Mailbox
    let epoll: Epoll
    let totals: UnsafeMutablePointer<Tally>
    private let events: UnsafeMutablePointer<epoll_event>

    var connections = ConnectionTable()
    var buffers: BufferPool
    var timers: Timers
    var listeners: [UInt32: Served] = [:]

    /// Connections that used up their turn and go on after the others have had theirs, and those whose turn it is now.
    var queue: [Token] = []
    private var turn: [Token] = []

    /// Listeners not watched for a while because descriptors or memory ran out, and until when.
    var paused: [UInt32] = []
    var pausedUntil: Int64?
    /// The worker a connection goes to if that one has less to do; they take turns.
    var peer: Int
    var isAccepting = true
    var drain: (deadline: Int64, rollcall: Rollcall)?
    var isEnding = false

    /// When the events in hand were fetched.
    var now = MonotonicClock.now

    /// - Parameter epoll: watches the eventfd of mailbox `index` already.
    init(index: Int, context: WorkerContext, epoll: consuming Epoll) {
        self.index = index
        self.context = context
        mailbox = context.mailboxes[index]
        self.epoll = epoll
        totals = context.totals[index]
        buffers = BufferPool(bound: context.buffersPerWorker)
        timers = Timers(durations: context.timerDurations)
        peer = index
        events = .allocate(capacity: Int(Self.eventsPerWait))
    }

    deinit {
        events.deallocate()
    }

    mutating func run() {
        while !isEnding {
            let count = epoll.wait(into: events, capacity: Self.eventsPerWait, milliseconds: patience)
            now = MonotonicClock.now
            for index in 0..<count {
                dispatch(Token(raw: events[index].data.u64), Readiness(rawValue: events[index].events))
            }
            takeTurns()
            expire()
            totals.pointee.buffersInUse.store(UInt64(buffers.inUse), ordering: .relaxed)
        }
        cutAll()
    }

    private mutating func dispatch(_ token: Token, _ readiness: Readiness) {
        switch token.kind {
        case .client:
            guard let connection = connections.find(token.slot, generation: token.generation) else { return }
            if connection.pointee.phase == .relaying {
                relay(connection, readiness, of: .client)
            } else {
                clientStirred(connection, readiness)
            }
        case .backend:
            guard let connection = connections.find(token.slot, generation: token.generation),
                connection.pointee.dial.attempt == token.attempt
            else { return }
            if connection.pointee.phase == .relaying {
                relay(connection, readiness, of: .backend)
            } else {
                dialEnded(connection, readiness)
            }
        case .listener: accept(from: token.listener)
        case .wake: obey()
        }
    }

    /// One turn for each connection queued before this round; what they leave is queued behind them.
    private mutating func takeTurns() {
        guard !queue.isEmpty else { return }
        swap(&queue, &turn)
        for index in 0..<turn.count {
            let token = turn[index]
            guard let connection = connections.find(token.slot, generation: token.generation) else { continue }
            connection.pointee.isQueued = false
            advance(connection)
        }
        turn.removeAll(keepingCapacity: true)
    }

    private mutating func expire() {
        while let slot = timers.popExpired(now: now) {
            guard let connection = connections.occupant(of: slot) else { continue }
            if connection.pointee.phase == .dialing { dialTimedOut(connection) } else { halfClosedTooLong(connection) }
        }
        if let until = pausedUntil, until <= now { resumeAccepting() }
        if drain != nil { checkDrain() }
    }

    /// Milliseconds until something is due without an event: 0 when connections are queued, -1 for never.
    private var patience: Int32 {
        if !queue.isEmpty { return 0 }
        var due = timers.next ?? .max
        if let until = pausedUntil { due = min(due, until) }
        if let drain { due = min(due, drain.deadline) }
        guard due < .max else { return -1 }
        // Rounded up, so that the deadline has passed on return; cut to an hour, after which it is computed again.
        return Int32(min(max(0, due &- now &+ 999_999) / 1_000_000, 3_600_000))
    }

    /// Ends a connection. `reset`: both sides see that it was cut; otherwise both have seen its end already.
    mutating func end(_ connection: UnsafeMutablePointer<Connection>, reset: Bool) {
        if reset {
            SocketCalls.resetOnClose(connection.pointee.client)
            if connection.pointee.backend.isOpen { SocketCalls.resetOnClose(connection.pointee.backend) }
        }
        if let buffer = connection.pointee.relay.fromClient.buffer { buffers.giveBack(buffer) }
        if let buffer = connection.pointee.relay.fromBackend.buffer { buffers.giveBack(buffer) }
        timers.cancel(connection.pointee.slot)
        let tally = connection.pointee.tally
        tally.pointee.ended.bump()
        totals.pointee.ended.bump()
        connections.remove(connection)
        context.active.wrappingSubtract(1, ordering: .relaxed)
        mailbox.load.store(connections.count, ordering: .relaxed)
    }
}
