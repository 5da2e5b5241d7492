import NIOCore
import NIOPosix
import Synchronization

/// Listens on any number of addresses and runs a session for each connection.
///
/// Bind, then `run`, which ends everything when it ends. Who binds and does not run calls `shutdown`.
public final class LineServer: Sendable {
    /// What has happened at the listeners since the start.
    public struct Counters: Sendable, Equatable {
        /// Connections that got a session.
        public var accepted = 0
        /// Connections whose TLS handshake failed.
        public var unsecured = 0
        /// Connections over `LineLimits.maxConnections`.
        public var refused = 0
        /// Attempts to accept that failed, because descriptors or memory ran out.
        public var acceptFailures = 0
    }

    private struct Accepted: Sendable {
        var connection: LineConnection
        var slots: ConnectionSlots
    }

    private struct State {
        var listeners: [(address: ListenAddress, channel: any Channel)] = []
        var files: [UnixSocketFile] = []
        var counters = Counters()
        var isStopping = false
        var lost: ListenAddress?
    }

    /// Connections the kernel queues until they are accepted (listen(2)); as many as a listener may have sessions.
    private static let backlog: Int32 = 256

    let limits: LineLimits
    private let clock: any Clock<Duration>
    private let group: MultiThreadedEventLoopGroup
    private let accepted: AsyncStream<Accepted>
    private let acceptor: AsyncStream<Accepted>.Continuation
    private let state = Mutex(State())

    /// A server with `threads` event-loop threads; one serves hundreds of masters, because sessions do not run on it.
    /// `clock` measures the deadlines of connections.
    public init(
        limits: LineLimits = LineLimits(), threads: Int = 1, clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.limits = limits
        self.clock = clock
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        // What waits here has a slot, so the bound is that of the slots.
        (accepted, acceptor) = AsyncStream.makeStream()
    }

    /// What has happened so far.
    public var counters: Counters { state.withLock(\.counters) }

    // MARK: Listening

    /// Listens on a TCP port, 0 for any; with TLS where `door` has credentials when a connection comes. May be called while
    /// the server runs. Throws `addressInUse` and `addressInvalid`.
    @discardableResult
    public func bind(host: String, port: Int, door: TLSDoor? = nil) async throws(WireError) -> ListenAddress {
        try await listen("\(host):\(port)", door) { $0.bind(host: host, port: port) }
    }

    /// Takes over a listening or bound socket, TCP or UNIX, as systemd hands it in (sd_listen_fds(3)), and closes it at its
    /// end. Throws `addressInvalid` when it is none.
    @discardableResult
    public func bind(descriptor: Int32) async throws(WireError) -> ListenAddress {
        try await listen("descriptor \(descriptor)", nil) { $0.withBoundSocket(descriptor) }
    }

    /// Listens at `path` with mode 0600. The file goes when the server ends; a stale one of a server that died is replaced.
    /// Throws `addressInUse` when somebody listens there, `addressInvalid` when no socket can be there.
    @discardableResult
    public func bind(unixPath path: String) async throws(WireError) -> ListenAddress {
        let file = try UnixSocketFile.bind(path)
        state.withLock { $0.files.append(file) }
        return try await bind(descriptor: file.descriptor)
    }

    private func listen(
        _ name: String, _ door: TLSDoor?, _ bind: (ServerBootstrap) -> EventLoopFuture<any Channel>
    ) async throws(WireError) -> ListenAddress {
        let channel: any Channel
        do {
            channel = try await bind(bootstrap(door)).get()
        } catch {
            let isInUse = (error as? IOError)?.errnoCode == EADDRINUSE
            throw WireError(isInUse ? .addressInUse : .addressInvalid, "cannot listen on \(name)", cause: error)
        }
        let address = ListenAddress(channel)
        state.withLock { $0.listeners.append((address, channel)) }
        channel.closeFuture.whenComplete { _ in self.listenerClosed(address) }
        return address
    }

    /// Stops listening at `address`, which `bind` has returned; when this returns it can be bound again. Connections that
    /// came there go on.
    public func unbind(_ address: ListenAddress) async {
        let channel = state.withLock { state in
            state.listeners.firstIndex { $0.address == address }.map { state.listeners.remove(at: $0).channel }
        }
        guard let channel else { return }
        do {
            try await channel.close()
        } catch {
            // It was closed already.
        }
    }

    private func listenerClosed(_ address: ListenAddress) {
        let isMeant = state.withLock { state in
            // Who unbinds takes it from the list first.
            guard !state.isStopping else { return false }
            guard state.listeners.contains(where: { $0.address == address }) else { return true }
            state.lost = address
            return false
        }
        if !isMeant { acceptor.finish() }
    }

    private func bootstrap(_ door: TLSDoor?) -> ServerBootstrap {
        let slots = ConnectionSlots(limit: limits.maxConnections)
        let refusals = ConnectionSlots(limit: limits.maxSecureRefusals)
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.so_rcvbuf), value: limits.receiveBufferBytes)
            .serverChannelInitializer { listener in
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.addHandler(
                        AcceptPauser { self.state.withLock { $0.counters.acceptFailures += 1 } })
                }
            }
            .childChannelInitializer { channel in
                guard slots.take() else {
                    self.state.withLock { $0.counters.refused += 1 }
                    return self.refuse(channel, refusals, door)
                }
                return self.accept(channel, slots, door)
            }
    }

    /// On the event loop; a slot was taken. A failure closes the connection.
    private func accept(
        _ channel: any Channel, _ slots: ConnectionSlots, _ door: TLSDoor?
    ) -> EventLoopFuture<Void> {
        channel.peer().flatMap { peer in
            channel.prepareForLines(self.limits, isTCP: peer.isTCP).map { peer }
        }.flatMapThrowing { peer in
            let handshake = try door?.current.map {
                try Handshake.serve(channel, $0, peer: peer, limits: self.limits)
            }
            let handler = LineHandler(limits: self.limits, isTrusted: false)
            try channel.pipeline.syncOperations.addHandler(handler)
            let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
            guard let handshake else { return try self.begin(channel, peer, bound, slots, nil, nil) }
            // The channel becomes active only when this returns, and the handshake only after that.
            handshake.outcome.flatMapThrowing {
                try self.begin(channel, peer, bound, slots, $0, handshake.trouble)
            }.whenFailure { error in
                self.state.withLock { $0.counters.unsecured += 1 }
                slots.giveBack()
                channel.close(promise: nil)
                if let error = error as? WireError { door?.onRefusal(peer, error) }
            }
        }.flatMapErrorThrowing { error in
            slots.giveBack()
            throw error
        }
    }

    /// Gives the connection to `run`. Throws `connectionClosed` when the server is stopping.
    private func begin(
        _ channel: any Channel, _ peer: Peer, _ handler: NIOLoopBound<LineHandler>, _ slots: ConnectionSlots,
        _ identity: ClusterIdentity?, _ trouble: TLSTrouble?
    ) throws(WireError) {
        let connection = LineConnection(
            channel: channel, peer: peer, handler: handler, limits: limits, clock: clock, identity: identity,
            trouble: trouble)
        guard case .enqueued = acceptor.yield(Accepted(connection: connection, slots: slots)) else {
            throw WireError(.connectionClosed, "the server is stopping")
        }
        state.withLock { $0.counters.accepted += 1 }
    }

    // MARK: Running

    /// Returns once every event loop has come round, with whether all listeners are open then. A loop that hangs never
    /// answers, so the caller brings the bound.
    public func heartbeat() async -> Bool {
        for loop in group.makeIterator() {
            do {
                try await loop.submit {}.get()
            } catch {
                // The loops have ended.
                return false
            }
        }
        return state.withLock { $0.lost == nil && !$0.isStopping }
    }

    /// Runs `session` for each connection, in a task of its own, and closes the connection when it returns; nobody may use
    /// the connection after that. Ends when the task is cancelled or after `shutdown`, and then cancels all sessions, waits
    /// for them, and closes all sockets.
    ///
    /// Throws `listenerLost` when it ended because a listener did.
    public func run(_ session: @Sendable @escaping (LineConnection) async -> Void) async throws(WireError) {
        await withDiscardingTaskGroup { group in
            for await accepted in accepted {
                group.addTask {
                    await session(accepted.connection)
                    await accepted.connection.close()
                    accepted.slots.giveBack()
                }
            }
            group.cancelAll()
        }
        await shutdown()
        if let lost = state.withLock(\.lost) {
            throw WireError(.listenerLost, "listening on \(lost) has ended")
        }
    }

    /// Stops listening, closes every connection and ends the event loop's thread. What was bound cannot be bound again with
    /// this server. Once is enough; more is allowed.
    public func shutdown() async {
        let (listeners, files) = state.withLock { state in
            state.isStopping = true
            defer { (state.listeners, state.files) = ([], []) }
            return (state.listeners, state.files)
        }
        for file in files { file.remove() }
        for listener in listeners {
            listener.channel.close(promise: nil)
        }
        acceptor.finish()
        do {
            try await group.shutdownGracefully()
        } catch {
            // It was shut down before.
        }
    }
}
