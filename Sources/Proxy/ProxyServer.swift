import Synchronization

/// The TCP data plane of a node: listeners, one per service port, and worker threads that relay what they accept to backends.
///
/// The control methods may be called from any thread or task and never wait for traffic: each changes a table and posts an
/// order to every worker. An order takes effect within microseconds; when `heartbeat` returns `true`, all orders given before
/// it are in force. Cost of any of them does not depend on how many listeners or connections there are.
public final class ProxyServer: Sendable {
    private struct Open {
        let listener: Listener
        /// `nil` until the first `setBackends`.
        var backends: BackendSet?
    }

    private struct State {
        var listeners: [String: Open] = [:]
        var nextID: UInt32 = 1
        var isShutDown = false
        /// The workers have been told to end.
        var hasEnded = false
    }

    let context: WorkerContext
    private let options: ListenerOptions
    private let state = Mutex(State())

    /// How long `shutdown` waits for workers beyond the bound it was given. They answer within microseconds; this only keeps a
    /// defect in one from holding the whole process.
    private static let grace = Duration.seconds(2)

    /// Starts the worker threads.
    /// - Throws: `invalidSetting` for a setting out of bounds, `systemCall` when descriptors or threads run out.
    public init(settings: ProxySettings) throws(ProxyError) {
        try settings.validate()
        context = try WorkerContext(settings: settings)
        options = ListenerOptions(
            backlog: settings.backlog, keepalive: context.keepalive, descriptors: context.descriptors,
            workers: settings.workers)
        for index in 0..<settings.workers {
            let epoll = try Epoll(wokenBy: context.mailboxes[index].wake)
            try WorkerThread.start(Worker(index: index, context: context, epoll: epoll), name: "proxy-\(index)")
        }
    }

    deinit {
        postToAll(.end)
    }

    /// Listens on 0.0.0.0:`port` for the service `name`. Clients wait in the backlog until the first `setBackends`.
    /// - Parameter port: 1…65535, or 0 for one the kernel chooses from `net.ipv4.ip_local_port_range`.
    /// - Returns: the port.
    /// - Throws: `nameTaken`, `portUnavailable`, `shutDown`, or `systemCall` when descriptors run out.
    public func open(_ name: String, port: UInt16) throws(ProxyError) -> UInt16 {
        try add(name) { id throws(ProxyError) in try Listener.open(id: id, port: port, options: self.options) }
    }

    /// Serves `name` on a socket that listens already, as handed over through systemd's descriptor store (sd_listen_fds(3)).
    /// Clients that came while nobody served it are still in its backlog and are served after the first `setBackends`.
    /// - Parameter descriptor: a listening IPv4 TCP socket; owned by the server from here, and closed if this throws.
    /// - Returns: the port it listens on.
    /// - Throws: `notAListener` if it is something else, `nameTaken`, `shutDown`, `systemCall`.
    public func adopt(_ name: String, descriptor: Int32) throws(ProxyError) -> UInt16 {
        do throws(ProxyError) {
            return try add(name) { id throws(ProxyError) in
                try Listener.adopt(id: id, raw: descriptor, options: self.options)
            }
        } catch {
            // Listener.adopt closes what it refuses; a name that is taken is refused before it gets there.
            if error.code == .nameTaken || error.code == .shutDown { _ = Descriptor(owning: descriptor) }
            throw error
        }
    }

    /// Replaces the backends of `name` in one step; the first call begins to accept. Connections relayed already stay with
    /// their backend, a dial under way takes its next attempt from the new list. Without backends clients are reset at once.
    /// - Parameter backends: in the order of the round robin; one that is listed twice gets twice the share. O(count).
    /// - Returns: `false` if no listener has that name or the server is shut down; nothing happens then.
    @discardableResult
    public func setBackends(_ name: String, _ backends: [Backend]) -> Bool {
        state.withLock { state in
            guard !state.isShutDown, let open = state.listeners[name] else { return false }
            let next = (open.backends ?? .empty).replaced(by: backends, nextTicket: open.listener.nextTicket)
            state.listeners[name]?.backends = next
            // Posted under the lock, so that workers see two changes of one listener in the order they were made.
            postToAll(.serve(open.listener, next))
            return true
        }
    }

    /// Stops listening for `name` at once, also for whoever holds a duplicate of the socket: the port refuses, what waits in
    /// the backlog is reset. Connections relayed already live on. Closing what is not open does nothing.
    public func close(_ name: String) {
        state.withLock { state in
            guard let open = state.listeners.removeValue(forKey: name) else { return }
            open.listener.stopListening()
            postToAll(.leave(open.listener))
        }
    }

    /// The listening socket of `name`, to be kept in systemd's descriptor store (FDSTORE=1); `nil` if there is none. The caller
    /// must not close it, and must not use it after `close(name)`.
    public func descriptor(of name: String) -> Int32? {
        state.withLock { $0.listeners[name]?.listener.descriptor.raw }
    }

    /// Reads all counters, without stopping any worker. O(listeners × workers).
    public func counters() -> ProxyCounters {
        let open = state.withLock { $0.listeners.mapValues(\.listener) }
        return ProxyCounters(
            total: context.totals.sum, listeners: open.mapValues { $0.tallies.sum },
            acceptPauses: context.totals.acceptPauses,
            bufferedBytes: context.totals.buffersInUse * UInt64(RelayBuffer.capacity))
    }

    /// Reads what the node itself lacked so far, all listeners together. O(workers): for who looks every second.
    public var shortage: ProxyShortage {
        let refused = context.totals.sum.refused
        return ProxyShortage(
            connectionLimit: refused[.connectionLimit, default: 0], exhausted: refused[.exhausted, default: 0],
            noLocalPort: refused[.noLocalPort, default: 0], acceptPauses: context.totals.acceptPauses)
    }

    /// Asks every worker whether it is alive: what a watchdog wants to know before it says so to systemd.
    /// - Returns: `true` once each has answered from its loop, having done all orders given before; `false` if one has not
    ///   `within` that time, and after `shutdown` has returned.
    public func heartbeat(within limit: Duration) async -> Bool {
        guard !state.withLock(\.hasEnded) else { return false }
        return await call(atMost: limit) { .answer($0) }
    }

    /// Stops accepting at once and lets connections finish for as long as `bound`, then resets what is left and ends the
    /// workers. Listening sockets stay open until the server is released: clients go on to wait in their backlogs, for the next
    /// process to adopt them.
    /// - Returns: how many connections were cut.
    @discardableResult
    public func shutdown(drain bound: Duration) async -> UInt64 {
        let wasShutDown = state.withLock { state in
            defer { state.isShutDown = true }
            return state.isShutDown
        }
        guard !wasShutDown else { return 0 }
        // First all stop accepting, then all drain: a connection given away by one worker has reached the other by then.
        _ = await call(atMost: Self.grace) { .stopAccepting($0) }
        let deadline = MonotonicClock.now &+ bound.nanoseconds
        _ = await call(atMost: bound + Self.grace) { .drain(deadline: deadline, $0) }
        state.withLock { $0.hasEnded = true }
        postToAll(.end)
        return context.totals.sum.cut
    }

    /// `shutdown` has begun.
    var isShutDown: Bool { state.withLock { $0.isShutDown } }

    private func add(_ name: String, _ make: (UInt32) throws(ProxyError) -> Listener) throws(ProxyError) -> UInt16 {
        try state.withLock { state throws(ProxyError) in
            guard !state.isShutDown else {
                throw ProxyError(code: .shutDown, message: "cannot open \(name): the proxy is shut down")
            }
            guard state.listeners[name] == nil else {
                throw ProxyError(code: .nameTaken, message: "a listener named \(name) is open already")
            }
            let listener = try make(state.nextID)
            state.nextID += 1
            state.listeners[name] = Open(listener: listener)
            return listener.port
        }
    }

    /// Gives an order to every worker and waits for their answers; `false` if one is missing at `limit`.
    private func call(atMost limit: Duration, _ order: (Rollcall) -> Order) async -> Bool {
        let rollcall = Rollcall(of: context.mailboxes.count)
        postToAll(order(rollcall))
        return await rollcall.wait(atMost: limit)
    }

    private func postToAll(_ order: Order) {
        for mailbox in context.mailboxes { mailbox.post(order) }
    }
}
