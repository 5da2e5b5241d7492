import ClusterModel
public import Master
import Synchronization

/// A store in memory: it does all that a store must, holds its documents and its history, and fails when it is told to.
public final class MemoryStore: ClusterStore {
    /// How a commit or a reading fails.
    public enum Fault: Sendable {
        /// Nothing was done.
        case before(StoreError.Code)
        /// A commit took effect and its answer was lost.
        case after(StoreError.Code)
    }

    /// How many events wait for a watcher before it is told `gone`.
    static let backlogLimit = 4_096

    fileprivate struct Watcher {
        var collections: Set<String>
        var continuation: AsyncThrowingStream<StoreEvent, any Error>.Continuation
    }

    fileprivate struct State {
        var documents: [StoreKey: StoreEntry] = [:]
        var revision: UInt64 = 0
        var history: [StoreEvent] = []
        /// The newest revision that is not kept.
        var forgotten: UInt64 = 0
        var watchers: [Int: Watcher] = [:]
        var lastWatcher = 0
        var commitFaults: [Fault] = []
        var readFaults: [StoreError.Code?] = []
        var commits = 0
        var leader: UInt64?
    }

    private let state = Mutex(State())

    /// An empty store.
    public init() {}

    /// The next commits fail like this, one after the other.
    public func failCommits(_ faults: Fault...) { state.withLock { $0.commitFaults += faults } }

    /// The next readings (`get`, `list`, `watch`, `revision`) fail like this, one after the other; `nil` lets one through.
    public func failReadings(_ codes: StoreError.Code?...) { state.withLock { $0.readFaults += codes } }

    /// Takes the place of this store's contents by those it had at `revision`, as a restored snapshot does: later changes are
    /// undone and their numbers given again. Watches end.
    public func putBack(_ documents: [StoreEntry], revision: UInt64) {
        state.withLock { state in
            state.documents = Dictionary(uniqueKeysWithValues: documents.map { ($0.key, $0) })
            state.revision = revision
            state.history.removeAll { $0.revision > revision }
        }
        cutWatches()
    }

    /// Ends every watch with `code`.
    public func cutWatches(_ code: StoreError.Code = .unavailable) {
        let watchers = state.withLock { state in
            let watchers = state.watchers.values
            state.watchers = [:]
            return Array(watchers)
        }
        for watcher in watchers { watcher.continuation.finish(throwing: StoreError(code, "cut")) }
    }

    /// Forgets the changes up to `revision`, that one included.
    public func forget(through revision: UInt64) {
        state.withLock { state in
            state.forgotten = max(state.forgotten, min(revision, state.revision))
            state.history.removeAll { $0.revision <= revision }
        }
    }

    /// Whose lead began with the revision `created` leads from now on: commits of any other are refused. Until it is called
    /// nobody is asked for a lead.
    public func setLeader(created: UInt64) { state.withLock { $0.leader = created } }

    /// How many transactions were committed.
    public var commitCount: Int { state.withLock { $0.commits } }

    /// How many watches are open.
    public var watchCount: Int { state.withLock { $0.watchers.count } }

    /// See `ClusterStore`.
    public func get(_ key: StoreKey) async throws(StoreError) -> StoreEntry? {
        try key.check()
        return try read { $0.documents[key] }
    }

    /// See `ClusterStore`.
    public func list(_ collection: String, namespace: String?) async throws(StoreError) -> StoreListing {
        try StoreKey(collection, name: "any").check()
        return try read { state in
            let entries = state.documents.values.filter {
                $0.key.collection == collection && (namespace == nil || $0.key.namespace == namespace)
            }
            return StoreListing(entries: entries.sorted { $0.key < $1.key }, revision: state.revision)
        }
    }

    /// See `ClusterStore`.
    public func revision() async throws(StoreError) -> UInt64 { try read { $0.revision } }

    /// See `ClusterStore`.
    @discardableResult
    public func commit(_ transaction: StoreTransaction) async throws(StoreError) -> UInt64 {
        try transaction.check()
        let result = state.withLock { state -> Result<UInt64, StoreError> in
            let fault = state.commitFaults.isEmpty ? nil : state.commitFaults.removeFirst()
            if case .before(let code) = fault { return .failure(StoreError(code, "told to fail")) }
            if let fence = transaction.fence, let leader = state.leader, fence.created != leader {
                return .failure(StoreError(.deposed, "the lead is over"))
            }
            if let conflict = state.conflict(transaction.conditions) {
                return .failure(StoreError(.conflict, "not so: \(conflict.key)", conflict: conflict))
            }
            state.apply(transaction.changes)
            if case .after(let code) = fault { return .failure(StoreError(code, "told to lose the answer")) }
            return .success(state.revision)
        }
        return try result.get()
    }

    /// See `ClusterStore`.
    public func watch(
        _ collections: Set<String>, after revision: UInt64
    ) async throws(StoreError) -> AsyncThrowingStream<StoreEvent, any Error> {
        guard !collections.isEmpty else { throw StoreError(.invalid, "a watch of nothing") }
        for collection in collections { try StoreKey(collection, name: "any").check() }
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: StoreEvent.self, bufferingPolicy: .bufferingOldest(Self.backlogLimit))
        let isKept = try read { state in
            guard revision >= state.forgotten, revision <= state.revision else { return false }
            state.lastWatcher += 1
            let id = state.lastWatcher
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { _ = $0.watchers.removeValue(forKey: id) }
            }
            state.watchers[id] = Watcher(collections: collections, continuation: continuation)
            state.tell(state.history.filter { $0.revision > revision }, to: id)
            return true
        }
        if !isKept { throw StoreError(.gone, "changes after \(revision) are not kept") }
        return stream
    }

    private func read<Value: Sendable>(_ body: (inout sending State) -> Value) throws(StoreError) -> Value {
        let result = state.withLock { state -> Result<Value, StoreError> in
            if !state.readFaults.isEmpty, let code = state.readFaults.removeFirst() {
                return .failure(StoreError(code, "told to fail"))
            }
            return .success(body(&state))
        }
        return try result.get()
    }
}

extension MemoryStore.State {
    fileprivate func conflict(_ conditions: [StoreTransaction.Condition]) -> StoreError.Conflict? {
        for condition in conditions {
            switch condition {
            case .absent(let key):
                if let entry = documents[key] { return .init(key: key, actual: entry.modified) }
            case .version(let key, let version):
                let actual = documents[key]?.modified ?? 0
                if actual != version || documents[key] == nil { return .init(key: key, actual: actual) }
            }
        }
        return nil
    }

    fileprivate mutating func apply(_ changes: [StoreTransaction.Change]) {
        revision += 1
        commits += 1
        var events: [StoreEvent] = []
        for change in changes {
            switch change {
            case .put(let key, let value):
                let entry = StoreEntry(
                    key: key, value: value, created: documents[key]?.created ?? revision, modified: revision)
                documents[key] = entry
                events.append(.put(entry))
            case .remove(let key):
                if let last = documents.removeValue(forKey: key) {
                    events.append(.removed(last: last, revision: revision))
                }
            }
        }
        history += events
        for id in watchers.keys { tell(events, to: id) }
    }

    /// Ends a watcher that has too much before it.
    fileprivate mutating func tell(_ events: [StoreEvent], to id: Int) {
        guard let watcher = watchers[id] else { return }
        for event in events where watcher.collections.contains(event.collection) {
            if case .dropped = watcher.continuation.yield(event) {
                watchers[id] = nil
                watcher.continuation.onTermination = nil
                watcher.continuation.finish(throwing: StoreError(.gone, "too slow"))
                return
            }
        }
    }
}

extension StoreEvent {
    fileprivate var collection: String {
        switch self {
        case .put(let entry), .removed(let entry, _): entry.key.collection
        }
    }
}
