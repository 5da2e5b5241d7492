import Glibc
import Synchronization

/// A log of records that survives a power cut: each record is one line, `crc32-hex SP payload LF`, the CRC (IEEE 802.3, as
/// in zlib) over the payload's bytes, in eight lower-case hex digits. A person can read it, `grep` it, and `cat` two together.
///
/// What must be whole or absent goes into one record: of a group of records, a power cut during `append` may keep the first
/// ones. Safe to call from several threads; calls wait for the disk, so not from a thread that may not wait.
public final class AppendLog: Sendable {
    /// 1 GiB. Compaction keeps a log far smaller; a larger one is not ours, so none is made.
    public static let sizeLimit = 1 << 30

    /// What was found broken when the log was opened. It has been put right; the caller reports it.
    public enum Damage: Sendable, Equatable {
        /// The last line had no end: the power went while it was written, so nobody was told that it is stored. Cut off.
        case tornTail(bytes: Int)
        /// Whole lines that are not records: `count` of them, the first at `firstLine`, counted from 1. The file as it was is
        /// kept at the path `setAside`, and the good records before and after have been written to a new one.
        case badRecords(firstLine: Int, count: Int, setAside: String)
    }

    /// An open log and what was in it.
    public struct Opened: Sendable {
        /// Ready for `append`.
        public let log: AppendLog
        /// The payloads of all good records, oldest first.
        public let records: [[UInt8]]
        /// `nil` if every byte was as it should be.
        public let damage: Damage?
    }

    private struct State: ~Copyable {
        var file: OpenFile
        /// Bytes that are good and on the disk. What the file holds beyond them is the rest of a failed append.
        var size: Int
        var recordCount: Int
        var hasRest = false
    }

    private let state: Mutex<State>
    private let path: String
    private let sizeLimit: Int
    private let sync: DiskSync

    private init(
        _ file: consuming OpenFile, size: Int, recordCount: Int, sizeLimit: Int, sync: DiskSync
    ) {
        path = file.path
        self.sizeLimit = sizeLimit
        self.sync = sync
        state = Mutex(State(file: file, size: size, recordCount: recordCount))
    }

    /// Bytes of all records: for the caller's rule when to compact.
    public var size: Int { state.withLock { $0.size } }
    /// Records appended and found, superseded ones included.
    public var recordCount: Int { state.withLock { $0.recordCount } }

    /// Opens the log at `path`, making an empty one if there is none, and repairs it as `Damage` says.
    /// Throws `tooLarge` above `sizeLimit`, or what the kernel says; then nothing has been changed.
    public static func open(_ path: String, sizeLimit: Int = AppendLog.sizeLimit) throws(FileError) -> Opened {
        try open(path, sizeLimit: sizeLimit, sync: .disk)
    }

    static func open(
        _ path: String, sizeLimit: Int = AppendLog.sizeLimit, sync: DiskSync
    ) throws(FileError) -> Opened {
        let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, sync: sync)
        let bytes = try file.readAll(limit: sizeLimit)
        let parsed = LogText.parse(bytes)
        if let firstBadLine = parsed.firstBadLine {
            let (aside, isNew) = try AtomicFile.keep(path)
            let text = LogText.render(parsed.records)
            let repaired: OpenFile
            do throws(FileError) {
                repaired = try AtomicFile.replace(path, with: text, mode: 0o600, sync: sync)
            } catch {
                // Nothing was repaired: the next try is not to use up another name.
                if isNew { unlink(aside) }
                throw error
            }
            try syncFolder(of: path, sync)
            let log = AppendLog(
                repaired, size: text.count, recordCount: parsed.records.count, sizeLimit: sizeLimit, sync: sync)
            let damage = Damage.badRecords(firstLine: firstBadLine, count: parsed.badLineCount, setAside: aside)
            return Opened(log: log, records: parsed.records, damage: damage)
        }
        let torn = bytes.count - parsed.wholeLines
        if torn > 0 {
            try file.truncate(to: parsed.wholeLines)
            try file.syncData()
        }
        if bytes.isEmpty { try syncFolder(of: path, sync) }
        let log = AppendLog(
            file, size: parsed.wholeLines, recordCount: parsed.records.count, sizeLimit: sizeLimit, sync: sync)
        return Opened(log: log, records: parsed.records, damage: torn > 0 ? .tornTail(bytes: torn) : nil)
    }

    /// Adds the payloads as records, in order, with one write and one fdatasync: when it returns they survive a power cut.
    /// A payload is any bytes without a line break; `unsuitable` otherwise. If it throws, the log is as it was before, and
    /// the next append may succeed (`noSpace`: when there is room again; `tooLarge`, because `open` would refuse the file:
    /// after a `rewrite`).
    public func append(_ payloads: [[UInt8]]) throws(FileError) {
        guard !payloads.isEmpty else { return }
        let text = try rendered(payloads)
        try state.withLock { state throws(FileError) in
            try check(size: state.size + text.count)
            try Self.removeRest(&state)
            do throws(FileError) {
                try state.file.write(text, at: state.size)
                try state.file.syncData()
            } catch {
                state.hasRest = true
                // If the rest cannot go now either, it goes before the next append; the first error is the one to show.
                do { try Self.removeRest(&state) } catch {}
                throw error
            }
            state.size += text.count
            state.recordCount += payloads.count
        }
    }

    /// Compaction: these payloads become the whole log, atomically. If it throws (as `append`), the log is as it was before,
    /// or already the new one when only the sync of the folder failed; `append` works either way.
    public func rewrite(_ payloads: [[UInt8]]) throws(FileError) {
        let text = try rendered(payloads)
        try check(size: text.count)
        try state.withLock { state throws(FileError) in
            let file = try AtomicFile.replace(path, with: text, mode: 0o600, sync: sync)
            state = State(file: file, size: text.count, recordCount: payloads.count)
            try syncFolder(of: path, sync)
        }
    }

    /// Keeps the file as it is now under the name that `Damage.badRecords` has for such copies, and returns that path. For
    /// records that are whole and yet say nothing to the caller: `rewrite` the log afterwards, so that the copy, which is the
    /// same file until then, does not grow with it.
    public func setAside() throws(FileError) -> String {
        let copy = try AtomicFile.keep(path).copy
        try syncFolder(of: path, sync)
        return copy
    }

    private func check(size: Int) throws(FileError) {
        guard size > sizeLimit else { return }
        throw FileError(.tooLarge, path, "\(path): would hold \(size) bytes, at most \(sizeLimit) are read again")
    }

    private func rendered(_ payloads: [[UInt8]]) throws(FileError) -> [UInt8] {
        guard !payloads.contains(where: { $0.contains(UInt8(ascii: "\n")) }) else {
            throw FileError(.unsuitable, path, "\(path): a record must not contain a line break")
        }
        return LogText.render(payloads)
    }

    private static func removeRest(_ state: inout State) throws(FileError) {
        guard state.hasRest else { return }
        try state.file.truncate(to: state.size)
        try state.file.syncData()
        state.hasRest = false
    }
}
