import ClusterModel
import Machine

/// Desired state as the records of a log on disk: how it is opened, how much of it there may be, when it is rewritten.
struct StateLog {
    /// How large the log and what it stands for may become.
    struct Bounds: Sendable {
        /// The log is rewritten when it holds this many records more than twice the number of objects; so rewriting costs
        /// each change a constant share.
        var compactionSlack = 1_024
        /// The same in bytes, because one record may be a whole transaction: the largest one.
        var compactionSlackBytes = 64 * 1_024 * 1_024
        /// What the wanted objects may take as they are stored: 256 MiB, more than a hundred thousand services. So the log
        /// stays well below `AppendLog.sizeLimit` before it is rewritten, and a peer cannot fill the disk.
        var stateBytes = 256 * 1_024 * 1_024
    }

    /// What opening found.
    struct Opened {
        var log: StateLog
        var state: DesiredState
        /// What was lost, in words; empty when nothing was.
        var losses: [String] = []
        /// Kinds whose picture is complete: an earlier run wrote it and nothing of it was lost (law 3).
        var complete: Set<ObjectKind> = []
    }

    /// Entries named among the losses; the rest is counted.
    static let namedLosses = 5

    private let log: AppendLog
    private let bounds: Bounds
    /// The log's size when it was last rewritten or opened.
    private var compactedSize: Int
    private var sizes: [ObjectKey: Int]
    /// The bytes of all wanted objects.
    private(set) var stateBytes: Int

    private init(_ log: AppendLog, _ state: DesiredState, _ bounds: Bounds) {
        self.log = log
        self.bounds = bounds
        compactedSize = log.size
        sizes = state.objects.mapValues(StateCoding.size)
        stateBytes = sizes.values.reduce(0, +)
    }

    /// Opens the log at `path`, or starts an empty one. What cannot be read is kept in a copy beside it before anything is
    /// left out of the log.
    /// - Parameter hasRunBefore: whether the node has had a log before; an empty one has been lost then.
    /// - Throws: `FileError` when the file system refuses.
    static func open(_ path: String, hasRunBefore: Bool, bounds: Bounds) throws(FileError) -> Opened {
        let opened = try AppendLog.open(path)
        var state = DesiredState()
        var losses: [String] = []
        // A torn tail was never acked to anybody, so nothing is lost with it.
        if case .badRecords(let line, let count, let copy) = opened.damage {
            losses.append("\(count) bad records from line \(line) on; the file as it was is kept as \(copy)")
        }
        var skipped: [String] = []
        for record in opened.records {
            let decoded = StateCoding.decode(record)
            state.apply(decoded.patch)
            skipped += decoded.skipped
        }
        if !skipped.isEmpty { losses.append(words(skipped, copy: try opened.log.setAside())) }
        if opened.records.isEmpty && losses.isEmpty && hasRunBefore {
            losses.append("\(path) is empty, and this node has run before")
        }
        if !losses.isEmpty {
            let partial = StatePatch(partial: Set(ObjectKind.allCases))
            state.apply(partial)
            if skipped.isEmpty {
                try opened.log.append([StateCoding.encode(partial).record])
            } else {
                // Without what cannot be read, so that it is told once and not at every start.
                try opened.log.rewrite(records(of: state))
            }
        } else if opened.records.isEmpty {
            // The mark of a first run: from the next start on this log is "its own stored state".
            let mark = StatePatch(generation: 1)
            try opened.log.append([StateCoding.encode(mark).record])
            state.apply(mark)
        }
        let complete = opened.records.isEmpty ? [] : Set(ObjectKind.allCases).subtracting(state.partial)
        return Opened(log: StateLog(opened.log, state, bounds), state: state, losses: losses, complete: complete)
    }

    private static func words(_ skipped: [String], copy: String) -> String {
        let named = skipped.prefix(namedLosses).joined(separator: "; ")
        let rest = skipped.count > namedLosses ? "; and \(skipped.count - namedLosses) more" : ""
        return "left out what cannot be read: \(named)\(rest); the file as it was is kept as \(copy)"
    }

    /// Adds `patch`, which is to be applied to `state` next, and returns when it is on disk (law 1).
    /// - Throws: `full` when the wanted objects would be more than the bound and more than now, so that what shrinks them is
    ///   always taken; `notStored` when the disk refuses. Nothing has changed then.
    mutating func append(_ patch: StatePatch, to state: DesiredState) throws(StoreRefusal) {
        let encoded = StateCoding.encode(patch)
        let touched = Set(encoded.sizes.keys).union(patch.removed)
        let growth =
            encoded.sizes.values.reduce(0, +) - touched.reduce(0) { $0 + (sizes[$1] ?? 0) }
        if growth > 0 && stateBytes + growth > bounds.stateBytes { throw .full(limit: bounds.stateBytes) }
        do throws(FileError) {
            do throws(FileError) {
                try log.append([encoded.record])
            } catch  where error.code == .tooLarge {
                // Only one huge record on top of many superseded ones leads here.
                try compact(state)
                try log.append([encoded.record])
            }
        } catch {
            throw .notStored(message: "\(error)")
        }
        for key in patch.removed { sizes[key] = nil }
        sizes.merge(encoded.sizes) { $1 }
        stateBytes += growth
    }

    /// Whether rewriting is worth its price for the `objectCount` objects there are.
    func isWorthCompacting(_ objectCount: Int) -> Bool {
        log.recordCount > 2 * objectCount + bounds.compactionSlack
            || log.size > 2 * compactedSize + bounds.compactionSlackBytes
    }

    /// Rewrites the log as what `state` needs. If it throws, the old log is whole and in use.
    mutating func compact(_ state: DesiredState) throws(FileError) {
        try log.rewrite(Self.records(of: state))
        compactedSize = log.size
    }

    private static func records(of state: DesiredState) -> [[UInt8]] {
        state.snapshot().map { StateCoding.encode($0).record }
    }
}
