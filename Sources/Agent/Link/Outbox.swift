import ClusterModel
import Synchronization
import Wire

/// What waits to be sent on one connection: replies in order, and the objects whose newest state is due. Changes of one
/// object coalesce, so a peer that reads slowly costs one entry per object and not a backlog (PROTOCOL `watch`).
final class Outbox: Sendable {
    /// One load for the writer.
    struct Load: Sendable {
        var replies: [Reply] = []
        /// What `replies` count against `replyLimit`: each object of a result like a reply of its own.
        var weight = 0
        var changed: [ObjectKey] = []
        var nodeChanged = false
        /// Sent after the changed objects: `synced` of a watch.
        var closing: [Reply] = []

        var isEmpty: Bool { replies.isEmpty && changed.isEmpty && !nodeChanged && closing.isEmpty }
    }

    private struct State {
        var load = Load()
        var marked: Set<ObjectKey> = []
        var isClosed = false
        var writer: CheckedContinuation<Void, Never>?
        var pushers: [CheckedContinuation<Void, Never>] = []
    }

    /// Replies that may wait before `push` makes its caller wait: the connection stops reading then.
    static let replyLimit = 4_096
    /// Bytes of a log's line that count as one reply: what waits of logs is some 4 MiB then.
    static let logWeightBytes = 1_024

    private let state = Mutex(State())

    /// Adds replies in order; waits while too many are unsent, so that a peer that does not read is not read from.
    func push(_ replies: [Reply]) async {
        if replies.isEmpty { return }
        let (isFull, writer) = state.withLock { state in
            state.load.replies += replies
            state.load.weight += replies.reduce(0) { $0 + Self.weight(of: $1) }
            return (state.load.weight > Self.replyLimit && !state.isClosed, state.writer.take())
        }
        writer?.resume()
        if isFull { await waitForSpace() }
    }

    private static func weight(of reply: Reply) -> Int {
        switch reply {
        case .result(_, _, let items, _): max(1, items.count)
        case .log(_, let line): 1 + line.text.utf8.count / logWeightBytes
        default: 1
        }
    }

    /// Notes that the newest state of each of `keys` is due, and `closing` after them.
    func mark(_ keys: [ObjectKey], closing: [Reply] = []) {
        let writer = state.withLock { state in
            for key in keys where state.marked.insert(key).inserted { state.load.changed.append(key) }
            state.load.closing += closing
            return state.writer.take()
        }
        writer?.resume()
    }

    /// Takes back a closing reply that is not sent yet.
    func withdraw(_ closing: Reply) {
        state.withLock { $0.load.closing.removeAll { $0 == closing } }
    }

    /// Whether nothing waits to be taken.
    var isEmpty: Bool { state.withLock { $0.load.isEmpty } }

    /// Notes that the node's own state is due.
    func markNode() {
        let writer = state.withLock { state in
            state.load.nodeChanged = true
            return state.writer.take()
        }
        writer?.resume()
    }

    /// Nothing more will be added; `take` ends once the rest is taken.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            var waiting = state.pushers
            state.pushers = []
            if let writer = state.writer.take() { waiting.append(writer) }
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Everything that waits, as soon as there is something; `nil` after `close` when all was taken.
    func take() async -> Load? {
        while true {
            let (load, isClosed, pushers) = state.withLock { state in
                let load = state.load
                state.load = Load()
                state.marked = []
                let pushers = state.pushers
                state.pushers = []
                return (load, state.isClosed, pushers)
            }
            for pusher in pushers { pusher.resume() }
            if !load.isEmpty { return load }
            if isClosed { return nil }
            await waitForLoad()
        }
    }

    /// The replies that were queued since the last `take`, for a writer that is about to send others: what they answer may
    /// have been announced by these.
    func takeReplies() -> [Reply] {
        let (replies, pushers) = state.withLock { state in
            defer {
                state.load.replies = []
                state.load.weight = 0
                state.pushers = []
            }
            return (state.load.replies, state.pushers)
        }
        for pusher in pushers { pusher.resume() }
        return replies
    }

    private func waitForLoad() async {
        await withCheckedContinuation { continuation in
            let resumeNow = state.withLock { state in
                if !state.load.isEmpty || state.isClosed { return true }
                state.writer = continuation
                return false
            }
            if resumeNow { continuation.resume() }
        }
    }

    private func waitForSpace() async {
        await withCheckedContinuation { continuation in
            let resumeNow = state.withLock { state in
                if state.load.replies.isEmpty || state.isClosed { return true }
                state.pushers.append(continuation)
                return false
            }
            if resumeNow { continuation.resume() }
        }
    }
}
