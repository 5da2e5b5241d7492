import ClusterModel
import Synchronization

/// The changes of the cluster as one subscriber takes them. What it has not taken yet is kept with the newest change per
/// object, in the order in which objects first changed: a slow subscriber costs one entry per object and never order or
/// truth. Two changes of one object may so become one: a removal and a new object of the name are one `put` with another
/// `uid` or `creationTimestamp`.
public final class ClusterFeed: Sendable {
    fileprivate enum Slot: Hashable {
        case object(ObjectRef)
        case podStatus(ObjectRef)
        case minion(String)
        case synced
    }

    fileprivate struct State {
        var order: [Slot] = []
        /// `nil` for a change that was overtaken and keeps its place.
        var changes: [Slot: ClusterChange?] = [:]
        var isClosed = false
        /// Of the newest change that was added, and of the newest that was taken.
        var addedRevision: UInt64 = 0
        var takenRevision: UInt64 = 0
        var taker: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    init() {}

    /// All changes that wait, in order, as soon as there is one; `nil` after the mirror or `close` ended the feed.
    /// One task takes; when it is cancelled it gets `nil`.
    public func take() async -> [ClusterChange]? {
        await withTaskCancellationHandler {
            while true {
                let (taken, isClosed) = state.withLock { state in
                    let taken = state.order.compactMap { state.changes[$0] ?? nil }
                    state.order = []
                    state.changes = [:]
                    state.takenRevision = state.addedRevision
                    return (taken, state.isClosed)
                }
                if !taken.isEmpty { return taken }
                if isClosed { return nil }
                await waitForChange()
            }
        } onCancel: {
            close()
        }
    }

    /// The store's revision as of what was taken last: every change up to it has been taken.
    public var revision: UInt64 { state.withLock { $0.takenRevision } }

    /// Nothing more will be added; what waits can still be taken.
    public func close() {
        let taker = state.withLock { state in
            state.isClosed = true
            return state.taker.take()
        }
        taker?.resume()
    }

    /// Whether nobody will take what is added.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Adds changes, which bring the feed up to `revision` of the store; 0 for changes that are none of the store.
    func add(_ changes: [ClusterChange], revision: UInt64 = 0) {
        let taker = state.withLock { state in
            guard !state.isClosed else { return nil as CheckedContinuation<Void, Never>? }
            state.addedRevision = max(state.addedRevision, revision)
            for change in changes { state.add(change) }
            return state.order.isEmpty ? nil : state.taker.take()
        }
        taker?.resume()
    }

    private func waitForChange() async {
        await withCheckedContinuation { continuation in
            let resumeNow = state.withLock { state in
                if !state.order.isEmpty || state.isClosed { return true }
                state.taker = continuation
                return false
            }
            if resumeNow { continuation.resume() }
        }
    }
}

extension ClusterFeed.State {
    fileprivate mutating func add(_ change: ClusterChange) {
        if case .removed(let last, _) = change, changes[.podStatus(last.ref)] != nil {
            // The status is of a pod that is no more.
            changes[.podStatus(last.ref)] = .some(nil)
        }
        let slot = ClusterFeed.Slot(change)
        if changes.updateValue(change, forKey: slot) == nil { order.append(slot) }
    }
}

extension ClusterFeed.Slot {
    fileprivate init(_ change: ClusterChange) {
        self =
            switch change {
            case .put(let object): .object(object.ref)
            case .removed(let last, _): .object(last.ref)
            case .podStatus(let ref, _): .podStatus(ref)
            case .minionCondition(let name, _): .minion(name)
            case .synced: .synced
            }
    }
}
