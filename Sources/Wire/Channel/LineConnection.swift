import NIOCore

/// A connection of lines, seen from either end. One task reads it; any number write.
///
/// Reading is bounded: while `LineLimits.maxWaitingLines` or `maxWaitingBytes` wait here, the peer is not read. So is
/// writing: `send` returns when the kernel has the bytes, so that a slow peer slows only who writes to it; what is not yet
/// taken is held by its writers, one batch each.
///
/// The peer may finish sending and still read (`printf … | nc -N`): `nextBatch` then ends and `send` goes on working.
public final class LineConnection: Sendable {
    /// Who is at the other end.
    public let peer: Peer
    /// Whom the peer's certificate stands for; `nil` without TLS, and for a certificate that does not say.
    public let identity: ClusterIdentity?
    /// Whether TLS is spoken: then the peer's certificate is one of the authority.
    public var isSecure: Bool { trouble != nil }
    private let trouble: TLSTrouble?
    private let channel: any Channel
    private let handler: NIOLoopBound<LineHandler>
    let limits: LineLimits
    let clock: any Clock<Duration>

    init(
        channel: any Channel, peer: Peer, handler: NIOLoopBound<LineHandler>, limits: LineLimits,
        clock: any Clock<Duration>, identity: ClusterIdentity? = nil, trouble: TLSTrouble? = nil
    ) {
        self.channel = channel
        self.peer = peer
        self.handler = handler
        self.limits = limits
        self.clock = clock
        self.identity = identity
        self.trouble = trouble
    }

    /// Why TLS failed, if that is how the connection ended.
    var failure: WireError? { trouble?.error }

    // MARK: Reading

    /// All lines that wait, as soon as there is one, at most `limit`, in order: an agent stores them with one fsync.
    ///
    /// `nil` at the end: the peer has finished sending or is gone, and every whole line was given out; or the connection was
    /// closed from here, or this task cancelled. It stays `nil`: cancellation ends reading for good. A second task that asks
    /// while one waits gets `nil` too.
    public func nextBatch(limit: Int = .max) async -> [DecodedLine]? {
        let loop = channel.eventLoop
        let lines = loop.flatSubmit { self.handler.value.take(max(1, limit), on: loop) }
        return await withTaskCancellationHandler {
            // A failure means that the event loop has ended, and the connection with it.
            await lines.result().value ?? nil
        } onCancel: {
            loop.execute { self.handler.value.discardInput() }
        }
    }

    /// Lifts the bounds from those for strangers (`LineLimits.maxUntrustedLineBytes`, one line at a time) to the full ones.
    /// Call it once the peer has authenticated, and before the next `nextBatch`; a client's connection needs it not.
    public func trust() {
        channel.eventLoop.execute { self.handler.value.trust() }
    }

    // MARK: Writing

    /// Writes the lines of `replies`, whole and in order, and returns when the kernel has them.
    ///
    /// Throws `connectionClosed`; `writeStalled` when the peer read nothing for `LineLimits.writeDeadline`, and closes the
    /// connection; `cancelled` when the task is cancelled before the kernel has everything, which it may still take.
    public func send(_ replies: [Reply]) async throws(WireError) {
        var bytes: [UInt8] = []
        for reply in replies { reply.writeLine(into: &bytes) }
        try await write(bytes)
    }

    /// Writes the lines of `requests`; as `send(_: [Reply])`.
    public func send(_ requests: [Request]) async throws(WireError) {
        var bytes: [UInt8] = []
        for request in requests { request.writeLine(into: &bytes) }
        try await write(bytes)
    }

    /// Writes a whole line, its `\n` included. Throws as `send` does.
    func send(line: [UInt8]) async throws(WireError) {
        try await write(line)
    }

    /// Writes `text` as it is, for the one answer that is no line of JSON: `HTTPRefusal`. Throws as `send` does.
    public func sendText(_ text: String) async throws(WireError) {
        try await write(Array(text.utf8))
    }

    private func write(_ bytes: [UInt8]) async throws(WireError) {
        let loop = channel.eventLoop
        let outcome = await loop.submit { self.handler.value.write(bytes, on: loop) }.result()
        do {
            let (written, isPending) = try outcome.get()
            if isPending {
                try await waitForReader(written)
            } else {
                try await written.get()
            }
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.connectionClosed, "the connection to \(peer) has ended", cause: error)
        }
    }

    /// Waits until the kernel has taken what `written` stands for, as long as the peer goes on reading.
    private func waitForReader(_ written: EventLoopFuture<Void>) async throws {
        enum Outcome {
            case written(Result<Void, any Error>)
            case stalled
        }
        let outcome = await withTaskGroup(of: Outcome.self) { group in
            group.addTask { .written(await written.resultUnlessCancelled()) }
            group.addTask {
                await self.watchProgress()
                return .stalled
            }
            let first = await group.next() ?? .stalled
            group.cancelAll()
            return first
        }
        switch outcome {
        case .written(.success): return
        case _ where Task.isCancelled:
            throw WireError(.cancelled, "cancelled while \(peer) had lines to read")
        case .written(.failure(let error)): throw error
        case .stalled:
            abort()
            throw WireError(
                .writeStalled, "\(peer) read nothing for \(limits.writeDeadline); the connection was closed")
        }
    }

    /// Returns when the kernel has taken no piece for the write deadline, of whichever writer; or on cancellation.
    private func watchProgress() async {
        var taken = -1
        while true {
            let now = await channel.eventLoop.submit { self.handler.value.takenPieces }.result()
            guard let pieces = now.value, pieces != taken else { return }
            taken = pieces
            do {
                try await clock.sleep(for: limits.writeDeadline)
            } catch {
                return
            }
        }
    }

    // MARK: Ending

    /// Finishes sending; replies can still be read. What was sent before arrives before the end does.
    public func finishSending() async throws(WireError) {
        try await write([])
        do {
            try await channel.close(mode: .output)
        } catch {
            throw WireError(.connectionClosed, "the connection to \(peer) has ended", cause: error)
        }
    }

    /// Ends the connection in order: what was sent is delivered, then the peer has `LineLimits.closeDeadline` to end its
    /// side, and whatever it still sends is dropped. At the deadline, or when the task is cancelled, the end is `abort`.
    public func close() async {
        let loop = channel.eventLoop
        loop.execute { self.handler.value.discardInput() }
        await withDiscardingTaskGroup { group in
            group.addTask {
                do {
                    try await self.clock.sleep(for: self.limits.closeDeadline)
                } catch {
                    // Closed in time, or cancelled: in both cases nothing is left to wait for.
                }
                self.abort()
            }
            await self.closeInOrder()
            group.cancelAll()
        }
        await waitUntilClosed()
    }

    private func closeInOrder() async {
        do {
            try await finishSending()
            await waitUntilClosed()
        } catch {
            // It has ended already; `abort` has nothing left to do.
        }
    }

    /// Ends the connection at once. What the kernel has is still delivered, unless the peer's bytes are unread: then it sees
    /// a reset.
    public func abort() {
        channel.close(promise: nil)
    }

    /// Returns when the connection is over in both directions; also when the task is cancelled.
    public func waitUntilClosed() async {
        _ = await channel.closeFuture.resultUnlessCancelled()
    }

    /// What is in memory of this connection's input.
    func held() async -> InputQueue.Held {
        await channel.eventLoop.submit { self.handler.value.held }.result().value ?? InputQueue.Held()
    }
}
