import ClusterModel
import Synchronization

/// The changes of the cluster as one subscriber takes them. What it has not taken yet is kept with the newest change per
/// object, in the order in which objects first changed: a slow subscriber costs two entries per object, beside what it began
/// with, and never order or truth. Two: a removal is told even when there is a new object of the name, so that what was known
/// of the first is not taken for the second's.
public final class ClusterFeed: Sendable {
    fileprivate enum Slot: Hashable {
        case object(ObjectRef)
        case podStatus(ObjectRef)
        case podGone(ObjectRef, minion: String)
        case minion(String)
        case damaged(APIKind)
        case synced
    }

    /// What waits of a slot.
    fileprivate struct Waiting {
        /// The place in the order that counts.
        var ticket: UInt64
        /// What comes before `change`: the end of an earlier object of the name.
        var removal: ClusterChange?
        var change: ClusterChange
    }

    fileprivate struct State {
        /// What there was at the beginning, each of another object, and not yet taken: comes before all that waits. A list
        /// costs a tenth of what the same costs in `waiting`.
        var beginning: [ClusterChange] = []
        /// In the order of the slots' first changes; a place whose ticket is not the slot's was given up.
        var order: [(slot: Slot, ticket: UInt64)] = []
        var waiting: [Slot: Waiting] = [:]
        var lastTicket: UInt64 = 0
        var isClosed = false
        /// Of the newest change that was added, and of the newest that was taken.
        var addedRevision: UInt64 = 0
        var takenRevision: UInt64 = 0
        var taker: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    /// A feed that begins with `beginning`, no two of one object, which brings it up to `revision` of the store.
    init(_ beginning: [ClusterChange] = [], revision: UInt64 = 0) {
        state = Mutex(State(beginning: beginning, addedRevision: revision))
    }

    /// All changes that wait, in order, as soon as there is one; `nil` after the mirror or `close` ended the feed.
    /// One task takes; when it is cancelled it gets `nil`.
    public func take() async -> [ClusterChange]? {
        await withTaskCancellationHandler {
            while true {
                let (taken, isClosed) = state.withLock { state in
                    state.takenRevision = state.addedRevision
                    return (state.takeAll(), state.isClosed)
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
            return state.isEmpty ? nil : state.taker.take()
        }
        taker?.resume()
    }

    private func waitForChange() async {
        await withCheckedContinuation { continuation in
            let resumeNow = state.withLock { state in
                if !state.isEmpty || state.isClosed { return true }
                state.taker = continuation
                return false
            }
            if resumeNow { continuation.resume() }
        }
    }
}

extension ClusterFeed.State {
    /// Places that were given up and are kept at least, so that a short order is not rewritten all the time.
    private static let slack = 64

    /// Whether nothing is to be taken.
    fileprivate var isEmpty: Bool { beginning.isEmpty && waiting.isEmpty }

    fileprivate mutating func takeAll() -> [ClusterChange] {
        var taken = beginning
        beginning = []
        taken.reserveCapacity(taken.count + waiting.count)
        for place in order {
            guard let next = waiting[place.slot], next.ticket == place.ticket else { continue }
            if let removal = next.removal { taken.append(removal) }
            taken.append(next.change)
        }
        order = []
        waiting = [:]
        return taken
    }

    fileprivate mutating func add(_ change: ClusterChange) {
        // The status is of a pod that is no more.
        if case .removed(let last, _) = change { waiting[.podStatus(last.ref)] = nil }
        let slot = ClusterFeed.Slot(change)
        guard let known = waiting[slot] else {
            lastTicket += 1
            waiting[slot] = ClusterFeed.Waiting(ticket: lastTicket, change: change)
            order.append((slot, lastTicket))
            if order.count > 2 * waiting.count + Self.slack {
                order.removeAll { waiting[$0.slot]?.ticket != $0.ticket }
            }
            return
        }
        waiting[slot]?.change = change
        switch (known.change, change) {
        case (.removed, .put): waiting[slot]?.removal = known.change
        // The last end is all there is to tell.
        case (_, .removed): waiting[slot]?.removal = nil
        default: break
        }
    }
}

extension ClusterFeed.Slot {
    fileprivate init(_ change: ClusterChange) {
        self =
            switch change {
            case .put(let object): .object(object.ref)
            case .removed(let last, _): .object(last.ref)
            case .podStatus(let ref, _): .podStatus(ref)
            case .podGone(let ref, let minion): .podGone(ref, minion: minion)
            case .minionCondition(let name, _): .minion(name)
            case .damaged(let kind, _): .damaged(kind)
            case .synced: .synced
            }
    }
}
