import ClusterModel
import Machine

/// The right of a connection to write: the term it leads with, or that it needs none (PROTOCOL `lead`).
enum Fence: Sendable, Equatable {
    /// The local socket and the node's own sources: root on the machine outranks every master.
    case exempt
    /// A connection that never led.
    case none
    case term(master: String, term: UInt64)
}

/// Writes that are stored and applied as one.
struct WriteGroup: Sendable {
    var writes: [Write]
    var fence: Fence
}

/// Why the store refused a group.
enum StoreRefusal: Error, Sendable, Equatable {
    case conflict(WriteConflict)
    /// `highest` is the term that has been seen.
    case staleTerm(highest: Leadership)
    /// The disk did not take it; in the words of the file system.
    case notStored(message: String)
    /// The wanted objects would take more than `limit` bytes.
    case full(limit: Int)
}

/// Desired state on disk. Everything it answers is stored: `commit` returns after fdatasync (law 1).
///
/// Its actor runs on a queue of its own, because a disk can block for seconds and the concurrency pool of a two-core
/// machine has two threads.
actor DesiredStore {
    private nonisolated let queue: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private var log: StateLog
    private(set) var state: DesiredState
    private let board: StatusBoard
    private let changes: AsyncStream<StatePatch>.Continuation
    private let makeUID: @Sendable () -> String

    /// Opens the log at `path`, or starts an empty one.
    /// - Parameters:
    ///   - hasRunBefore: whether the node has had a log before; an empty one has been lost then.
    ///   - board: told of every accepted change before `commit` returns, so that an ack can wait on it; and, under `state`,
    ///     of the kinds of which something was lost, for as long as no source has sent their whole set.
    ///   - changes: given every accepted change, in order. It is not bounded: its readers only take note.
    /// - Returns: the store; what was lost, in words; and the kinds whose picture is complete, which it is when an earlier
    ///   run wrote it and nothing of it was lost (law 3).
    static func open(
        path: String, hasRunBefore: Bool, board: StatusBoard, changes: AsyncStream<StatePatch>.Continuation,
        bounds: StateLog.Bounds = StateLog.Bounds(), makeUID: @escaping @Sendable () -> String
    ) throws(FileError) -> (store: DesiredStore, losses: [String], complete: Set<ObjectKind>) {
        let opened = try StateLog.open(path, hasRunBefore: hasRunBefore, bounds: bounds)
        board.expect(StatePatch(put: Array(opened.state.objects.values)))
        board.note(problem: "state", words(partial: opened.state.partial))
        let store = DesiredStore(
            log: opened.log, state: opened.state, board: board, changes: changes, makeUID: makeUID)
        return (store, opened.losses, opened.complete)
    }

    private init(
        log: StateLog, state: DesiredState, board: StatusBoard, changes: AsyncStream<StatePatch>.Continuation,
        makeUID: @escaping @Sendable () -> String
    ) {
        queue = QueueExecutor(label: "minion.store")
        self.log = log
        self.state = state
        self.board = board
        self.changes = changes
        self.makeUID = makeUID
    }

    private static func words(partial: Set<ObjectKind>) -> String? {
        if partial.isEmpty { return nil }
        let kinds = partial.map(\.rawValue).sorted().joined(separator: ", ")
        return "stored state was lost in part; nothing unknown is removed until a master sends a set of: \(kinds)"
    }

    /// Stores the groups in order with one disk write, each whole or not at all.
    /// - Returns: per group, per write, what it changed; or why the group was refused.
    func commit(_ groups: [WriteGroup], source: Source) -> [Result<[WriteOutcome], StoreRefusal>] {
        let results = commitTogether(groups, source)
        let areTooMuch = results.contains { if case .failure(.full) = $0 { true } else { false } }
        guard areTooMuch, groups.count > 1 else { return results }
        // Each is tried alone, so that one that is too large takes no other with it, and a removal before it makes room.
        return groups.flatMap { commitTogether([$0], source) }
    }

    private func commitTogether(
        _ groups: [WriteGroup], _ source: Source
    ) -> [Result<[WriteOutcome], StoreRefusal>] {
        var planner = WritePlanner(state: state, source: source, makeUID: makeUID)
        var results: [Result<[WriteOutcome], StoreRefusal>] = []
        for group in groups {
            if let refusal = refusal(of: group.fence) {
                results.append(.failure(refusal))
                continue
            }
            results.append(plan(group, &planner))
        }
        let patch = planner.patch
        planner = WritePlanner(state: DesiredState(), source: source, makeUID: makeUID)
        if let failure = store(patch) {
            return results.map { result in result.flatMap { _ in .failure(failure) } }
        }
        return results
    }

    private func plan(_ group: WriteGroup, _ planner: inout WritePlanner) -> Result<[WriteOutcome], StoreRefusal> {
        do {
            // A single write is refused before it changes anything; only a larger group needs a copy to go back to.
            if group.writes.count == 1, let write = group.writes.first { return .success([try planner.plan(write)]) }
            var trial = planner
            let outcomes = try group.writes.map { (write) throws(WriteConflict) in try trial.plan(write) }
            planner = trial
            return .success(outcomes)
        } catch {
            return .failure(.conflict(error))
        }
    }

    /// Takes note that `leadership.master` leads with its term; a lower term, or another master with the same one, is refused.
    func lead(_ leadership: Leadership) throws(StoreRefusal) {
        if let highest = state.leadership {
            let isSame = highest.term == leadership.term && highest.master == leadership.master
            if isSame { return }
            guard leadership.term > highest.term else { throw .staleTerm(highest: highest) }
        }
        if let failure = store(StatePatch(leadership: leadership)) { throw failure }
    }

    /// What `ready` says: the highest term and the newest versions.
    func standing() -> (leadership: Leadership?, versions: [Source: UInt64]) {
        (state.leadership, state.newestVersions)
    }

    /// Everything wanted, in order; for the start.
    func restoredObjects() -> [StoredObject] {
        state.objects.values.sorted { $0.object.key < $1.object.key }
    }

    /// The objects `source` wants now.
    func objects(of source: Source) -> [StoredObject] {
        state.objects.values.filter { $0.source == source }
    }

    private func refusal(of fence: Fence) -> StoreRefusal? {
        guard let highest = state.leadership else { return nil }
        switch fence {
        case .exempt: return nil
        case .none: return .staleTerm(highest: highest)
        case .term(_, let term): return term < highest.term ? .staleTerm(highest: highest) : nil
        }
    }

    private func store(_ patch: StatePatch) -> StoreRefusal? {
        if patch.isEmpty { return nil }
        do {
            try log.append(patch, to: state)
        } catch {
            return error
        }
        state.apply(patch)
        board.expect(patch)
        changes.yield(patch)
        if !patch.complete.isEmpty { board.note(problem: "state", Self.words(partial: state.partial)) }
        compactIfWorthwhile()
        return nil
    }

    private func compactIfWorthwhile() {
        guard log.isWorthCompacting(state.objects.count) else { return }
        // A failed rewrite leaves the old log whole and in use; the next change tries again.
        do {
            try log.compact(state)
            board.note(problem: "store", nil)
        } catch {
            board.note(problem: "store", "desired state could not be compacted: \(error)")
        }
    }
}
