import ClusterModel
import Synchronization

/// The newest changes of an etcd, read by one connection for all watches of this master: however many clients watch, etcd is
/// asked once, and each change is decoded once.
///
/// A hub begins at a revision, follows etcd until its connection fails for good or it is stopped, and is then over; the next
/// watch begins another.
final class WatchHub: Sendable {
    /// How much of the past a hub keeps for readers that are slow or come back: what a thousand minions change in some
    /// seconds. Who is further behind reads from etcd on a connection of his own until he has caught up.
    static let bound = HistoryBound(changes: 10_000, bytes: 16 << 20)

    fileprivate struct State {
        /// In their order, whole revisions only; those before `first` are forgotten.
        var events: [StoreEvent] = []
        var first = 0
        var bytes = 0
        /// Changes after it are here.
        var floor: UInt64
        /// Everything up to here was seen.
        var newest: UInt64
        var end: StoreError?
    }

    private let bound: HistoryBound
    private let state: Mutex<State>
    private let signal: RevisionSignal
    private let pump = Mutex<Task<Void, Never>?>(nil)

    /// A hub of the changes after `revision`.
    init(after revision: UInt64, bound: HistoryBound = WatchHub.bound) {
        self.bound = bound
        state = Mutex(State(floor: revision, newest: revision))
        signal = RevisionSignal(newest: revision)
    }

    /// Whether nothing more will come.
    var isOver: Bool { state.withLock { $0.end != nil } }
    /// The revision up to which everything was seen.
    var newest: UInt64 { state.withLock { $0.newest } }

    /// Whether the changes after `revision` are here.
    func holds(_ revision: UInt64) -> Bool { state.withLock { $0.floor <= revision } }

    /// Forgets the changes up to `revision`, as etcd has. Revisions of what is no document, as of the leader's key, are never
    /// seen here: who has everything that was seen stays.
    func forget(through revision: UInt64) { state.withLock { $0.forget(through: revision) } }

    /// Takes changes from `watch`, whole revisions at a time, until it fails or the hub is stopped.
    func follow(_ watch: EtcdWatch) {
        let task = Task { [weak self] in
            do throws(StoreError) {
                while let events = try await watch.nextBatch() { self?.add(events) }
                self?.finish(StoreError(.unavailable, "the watch was closed"))
            } catch {
                self?.finish(error)
            }
        }
        pump.withLock { $0 = task }
    }

    /// Ends the hub and every watch of it.
    func stop() {
        pump.withLock { $0 }?.cancel()
        finish(StoreError(.unavailable, "the store was closed"))
    }

    /// Adds changes that are newer than all before them.
    func add(_ events: [StoreEvent]) {
        guard let newest = events.last?.revision else { return }
        state.withLock { state in
            state.events += events
            state.bytes += events.reduce(0) { $0 + $1.size }
            state.newest = newest
            state.trim(to: bound)
        }
        signal.advance(to: newest)
    }

    /// Nothing more will come, because of `error`.
    func finish(_ error: StoreError) {
        state.withLock { state in if state.end == nil { state.end = error } }
        signal.close()
    }

    /// The next changes after `revision`, whole revisions, as soon as there are some. `nil` when they are not here any
    /// more, and when the calling task is cancelled.
    /// - Throws: what ended the hub, once everything before was read.
    func batch(after revision: UInt64) async throws(StoreError) -> [StoreEvent]? {
        if let batch = try state.withLock({ $0.batch(after: revision) }).get() { return batch }
        await signal.wait(beyond: revision)
        return try state.withLock { $0.batch(after: revision) }.get()
    }
}

extension WatchHub.State {
    /// Changes a reader is given at once.
    private static let batchCount = 500

    fileprivate func batch(after revision: UInt64) -> Result<[StoreEvent]?, StoreError> {
        if revision < floor { return .success(nil) }
        let start = firstPlace(after: revision)
        guard start < events.count else { return end.map { .failure($0) } ?? .success(nil) }
        var stop = min(start + Self.batchCount, events.count)
        // Never a part of a revision: the next batch begins after it.
        let last = events[stop - 1].revision
        while stop < events.count, events[stop].revision == last { stop += 1 }
        return .success(Array(events[start..<stop]))
    }

    private func firstPlace(after revision: UInt64) -> Int {
        var (low, high) = (first, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Forgets whole revisions, the oldest first, until the rest is within `bound`; the newest is kept.
    fileprivate mutating func trim(to bound: HistoryBound) {
        while events.count - first > bound.changes || bytes > bound.bytes, events[first].revision < newest {
            forget(through: events[first].revision)
        }
        if first > bound.changes {
            events.removeFirst(first)
            first = 0
        }
    }

    fileprivate mutating func forget(through revision: UInt64) {
        while first < events.count, events[first].revision <= revision {
            bytes -= events[first].size
            first += 1
        }
        floor = max(floor, min(revision, newest))
    }
}

extension StoreEvent {
    /// Bytes of the document.
    fileprivate var size: Int {
        switch self {
        case .put(let entry), .removed(let entry, _): entry.value.count
        }
    }
}
