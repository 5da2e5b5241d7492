import ClusterModel
import Dispatch
import Machine
import Wire

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
}

/// Desired state on disk. Everything it answers is stored: `commit` returns after fdatasync (law 1).
///
/// Its actor runs on a queue of its own, because a disk can block for seconds and the concurrency pool of a two-core
/// machine has two threads.
actor DesiredStore {
    /// The log is rewritten when it holds this many records more than twice the number of objects; so rewriting costs
    /// each change a constant share.
    static let compactionSlack = 1_024

    /// The same in bytes, because one record may be a whole transaction: the largest one.
    static let compactionSlackBytes = 64 * 1_024 * 1_024

    private nonisolated let queue: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private let log: AppendLog
    /// The log's size when it was last rewritten or opened.
    private var compactedSize: Int
    private(set) var state: DesiredState
    private let board: StatusBoard
    private let changes: AsyncStream<StatePatch>.Continuation
    private let makeUID: @Sendable () -> String
    private let compactionSlack: Int

    /// Opens the log at `path`, or starts an empty one.
    /// - Parameters:
    ///   - board: told of every accepted change before `commit` returns, so that an ack can wait on it.
    ///   - changes: given every accepted change, in order. It is not bounded: its readers only take note.
    /// - Returns: the store; what was damaged, in words; and whether the picture is complete, which it is when an earlier
    ///   run wrote it and nothing of it was lost (law 3).
    static func open(
        path: String, board: StatusBoard, changes: AsyncStream<StatePatch>.Continuation,
        compactionSlack: Int = DesiredStore.compactionSlack, makeUID: @escaping @Sendable () -> String
    ) throws -> (store: DesiredStore, damage: [String], isComplete: Bool) {
        let opened = try AppendLog.open(path)
        var state = DesiredState()
        var complaints: [String] = []
        // A torn tail was never acked to anybody, so nothing is lost with it.
        if case .badRecords(let line, let count, let copy) = opened.damage {
            complaints.append("\(count) bad records from line \(line) on; the file as it was is kept as \(copy)")
        }
        for record in opened.records {
            do {
                state.apply(try StateCoding.decode(try JSONText.parse(record)))
            } catch {
                complaints.append("a record was skipped: \(error)")
            }
        }
        if !complaints.isEmpty {
            let partial = StatePatch(isPartial: true)
            try opened.log.append([StateCoding.encode(partial)])
            state.apply(partial)
        }
        let isComplete = !state.isPartial && !opened.records.isEmpty
        if opened.records.isEmpty {
            // The mark of a first run: from the next start on this log is "its own stored state".
            try opened.log.append([StateCoding.encode(StatePatch(generation: 1))])
            state.apply(StatePatch(generation: 1))
        }
        board.expect(StatePatch(put: Array(state.objects.values)))
        let store = DesiredStore(
            log: opened.log, state: state, board: board, changes: changes,
            compactionSlack: compactionSlack, makeUID: makeUID)
        return (store, complaints, isComplete)
    }

    private init(
        log: AppendLog, state: DesiredState, board: StatusBoard, changes: AsyncStream<StatePatch>.Continuation,
        compactionSlack: Int, makeUID: @escaping @Sendable () -> String
    ) {
        queue = QueueExecutor(label: "minion.store")
        self.log = log
        compactedSize = log.size
        self.state = state
        self.board = board
        self.changes = changes
        self.compactionSlack = compactionSlack
        self.makeUID = makeUID
    }

    /// Stores the groups in order with one disk write, each whole or not at all.
    /// - Returns: per group, per write, what it changed; or why the group was refused.
    func commit(_ groups: [WriteGroup], source: Source) -> [Result<[WriteOutcome], StoreRefusal>] {
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
            try log.append([StateCoding.encode(patch)])
        } catch {
            return .notStored(message: "\(error)")
        }
        state.apply(patch)
        board.expect(patch)
        changes.yield(patch)
        if !patch.complete.isEmpty { board.note(problem: "state", nil) }
        compactIfWorthwhile()
        return nil
    }

    private func compactIfWorthwhile() {
        let hasManyRecords = log.recordCount > 2 * state.objects.count + compactionSlack
        guard hasManyRecords || log.size > 2 * compactedSize + Self.compactionSlackBytes else { return }
        // A failed rewrite leaves the old log whole and in use; the next change tries again.
        do {
            try log.rewrite(state.snapshot().map(StateCoding.encode))
            compactedSize = log.size
            board.note(problem: "store", nil)
        } catch {
            board.note(problem: "store", "desired state could not be compacted: \(error)")
        }
    }
}

/// Runs an actor's jobs one after the other on a queue of its own.
final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
