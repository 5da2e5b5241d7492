import ClusterModel
import Synchronization

/// Brings each reply to the request it answers.
final class ReplyRouter: Sendable {
    typealias Replies = AsyncThrowingStream<Reply, any Error>

    /// Is given the replies to one request, and last the failure if one ends them.
    typealias Receiver = @Sendable (Result<Reply, any Error>) -> Void

    private enum Pending {
        case stream(Replies.Continuation)
        case receiver(Receiver)

        func fail(_ error: any Error) {
            switch self {
            case .stream(let replies): replies.finish(throwing: error)
            case .receiver(let receive): receive(.failure(error))
            }
        }
    }

    private struct State {
        var lastID: Int64 = 0
        var pending: [RequestID: Pending] = [:]
        /// Why no reply comes any more.
        var end: (any Error)?
        /// The last refusal that named no request: if the connection ends then, it says why.
        var fault: WireFault?

        mutating func takePending() -> [Pending] {
            defer { pending = [:] }
            return Array(pending.values)
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A router that keeps at most `limit` replies to one request.
    init(limit: Int) {
        self.limit = limit
    }

    /// An id for a request of `operation`, and the replies that will carry it: none where the agent sends none. Ends as
    /// `Reply.isLast` says.
    func open(_ operation: Operation) throws -> (id: RequestID, replies: Replies) {
        let (replies, continuation) = Replies.makeStream(bufferingPolicy: .bufferingOldest(limit))
        let id = try state.withLock { state in
            if let end = state.end { throw end }
            state.lastID += 1
            let id = RequestID.int(state.lastID)
            guard operation.hasReplies else { return id }
            state.pending[id] = .stream(continuation)
            return id
        }
        if operation.hasReplies {
            continuation.onTermination = { _ in self.forget(id) }
        } else {
            continuation.finish()
        }
        return (id, replies)
    }

    /// An id for a request whose replies are given to `receive` as they come; with `nil` they are dropped.
    func open(_ receive: Receiver?) throws -> RequestID {
        try state.withLock { state in
            if let end = state.end { throw end }
            state.lastID += 1
            let id = RequestID.int(state.lastID)
            if let receive { state.pending[id] = .receiver(receive) }
            return id
        }
    }

    func forget(_ id: RequestID) {
        state.withLock { state in
            state.pending[id] = nil
            state.pending.releaseRoom()
        }
    }

    /// Replies to a request that nobody waits for any more are dropped. A refusal that names no request is about one that
    /// could not be read, and it is not known which: all that wait fail, rather than one of them waiting for ever.
    func route(_ reply: Reply) {
        guard let id = reply.id else {
            if case .error(let fault) = reply { fail(fault) }
            return
        }
        // Whoever waits is told outside the lock: the end of a stream comes back here.
        guard let pending = state.withLock({ $0.pending[id] }) else { return }
        if case .error(let fault) = reply {
            forget(id)
            pending.fail(fault)
            return
        }
        if reply.isLast { forget(id) }
        switch pending {
        case .receiver(let receive): receive(.success(reply))
        case .stream(let replies):
            if case .dropped = replies.yield(reply) {
                replies.finish(
                    throwing: WireError(
                        .tooManyUnreadReplies, "\(limit) replies to request \(id.json.text) were not read"))
            } else if reply.isLast {
                replies.finish()
            }
        }
    }

    private func fail(_ fault: WireFault) {
        let pending = state.withLock { state in
            state.fault = fault
            return state.takePending()
        }
        for waiting in pending { waiting.fail(fault) }
    }

    /// No reply comes any more: whoever waits is told `error`, or what the agent said last.
    func end(_ error: any Error) {
        let (pending, reason) = state.withLock { state in
            let reason: any Error = state.end ?? state.fault ?? error
            state.end = reason
            return (state.takePending(), reason)
        }
        for waiting in pending { waiting.fail(reason) }
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
}

extension Reply {
    /// Whether it is the last one to its request; refusals always are. A watch and a log have no last one but their end.
    var isLast: Bool {
        switch self {
        case .ack(let ack): ack.phase.isApplied
        case .result(_, _, _, let more): !more
        case .status, .synced, .log: false
        default: true
        }
    }
}
