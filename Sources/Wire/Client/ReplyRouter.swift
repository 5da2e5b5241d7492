import ClusterModel
import Synchronization

/// Brings each reply to the request it answers.
final class ReplyRouter: Sendable {
    typealias Replies = AsyncThrowingStream<Reply, any Error>

    private struct Pending {
        var operation: Operation
        var replies: Replies.Continuation
    }

    private struct State {
        var lastID: Int64 = 0
        var pending: [RequestID: Pending] = [:]
        /// Why no reply comes any more.
        var end: (any Error)?
        /// The last refusal that named no request: if the connection ends then, it says why.
        var fault: WireFault?
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A router that keeps at most `limit` replies to one request.
    init(limit: Int) {
        self.limit = limit
    }

    /// An id for a request of `operation`, and the replies that will carry it: none where the agent sends none. Ends as
    /// `Operation.isAnswered` says.
    func open(_ operation: Operation) throws -> (id: RequestID, replies: Replies) {
        let (replies, continuation) = Replies.makeStream(bufferingPolicy: .bufferingOldest(limit))
        let id = try state.withLock { state in
            if let end = state.end { throw end }
            state.lastID += 1
            let id = RequestID.int(state.lastID)
            guard operation.hasReplies else { return id }
            state.pending[id] = Pending(operation: operation, replies: continuation)
            return id
        }
        if operation.hasReplies {
            continuation.onTermination = { _ in self.forget(id) }
        } else {
            continuation.finish()
        }
        return (id, replies)
    }

    func forget(_ id: RequestID) {
        _ = state.withLock { $0.pending.removeValue(forKey: id) }
    }

    /// Replies to a request that nobody waits for any more are dropped. A refusal that names no request is about one that
    /// could not be read, and it is not known which: all that wait fail, rather than one of them waiting for ever.
    func route(_ reply: Reply) {
        guard let id = reply.id else {
            if case .error(let fault) = reply { fail(fault) }
            return
        }
        // The continuation is told outside the lock: its termination comes back here.
        guard let pending = state.withLock({ $0.pending[id] }) else { return }
        if case .error(let fault) = reply {
            pending.replies.finish(throwing: fault)
            return
        }
        if case .dropped = pending.replies.yield(reply) {
            pending.replies.finish(
                throwing: WireError(.tooManyUnreadReplies, "\(limit) replies to request \(id.json.text) were not read"))
        } else if pending.operation.isAnswered(by: reply) {
            pending.replies.finish()
        }
    }

    private func fail(_ fault: WireFault) {
        let pending = state.withLock { state in
            state.fault = fault
            return state.pending.values.map(\.replies)
        }
        for replies in pending { replies.finish(throwing: fault) }
    }

    /// No reply comes any more: whoever waits is told `error`, or what the agent said last.
    func end(_ error: any Error) {
        let (pending, reason) = state.withLock { state in
            let reason: any Error = state.end ?? state.fault ?? error
            state.end = reason
            return (state.pending.values.map(\.replies), reason)
        }
        for replies in pending { replies.finish(throwing: reason) }
    }
}

extension Operation {
    /// Whether the agent answers under the request's own id. It does not where nothing is stored yet, and `cancel` is
    /// answered by the `end` of the watch.
    var hasReplies: Bool {
        switch self {
        case .begin, .cancel, .set(_, _, _, more: true): false
        default: true
        }
    }

    /// Whether `reply` is the last one to this operation; refusals always are. A watch has no last one but its end.
    func isAnswered(by reply: Reply) -> Bool {
        switch reply {
        case .ack(let ack): ack.phase.isApplied
        case .result(_, _, _, let more): !more
        case .status, .synced: false
        default: true
        }
    }
}
