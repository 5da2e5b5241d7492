import Glibc
import Synchronization

/// A log of records that survives a power cut: each record is one line, `crc32-hex SP payload LF`, the CRC (IEEE 802.3, as
/// in zlib) over the payload's bytes, in eight lower-case hex digits. A person can read it, `grep` it, and `cat` two together.
///
/// What must be whole or absent goes into one record: of a group of records, a power cut during `append` may keep the first
/// ones. Safe to call from several threads; calls wait for the disk, so not from a thread that may not wait.
public final class AppendLog: Sendable {
    /// 1 GiB. Compaction keeps a log far smaller; a larger one is not ours.
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

    private init(_ file: consuming OpenFile, size: Int, recordCount: Int) {
        path = file.path
        state = Mutex(State(file: file, size: size, recordCount: recordCount))
    }

    /// Bytes of all records: for the caller's rule when to compact.
    public var size: Int { state.withLock { $0.size } }
    /// Records appended and found, superseded ones included.
    public var recordCount: Int { state.withLock { $0.recordCount } }

    /// Opens the log at `path`, making an empty one if there is none, and repairs it as `Damage` says.
    /// Throws `tooLarge` above `sizeLimit`, or what the kernel says; then nothing has been changed.
    public static func open(_ path: String) throws(FileError) -> Opened {
        let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        let bytes = try file.readAll(limit: sizeLimit)
        let parsed = LogText.parse(bytes)
        if let firstBadLine = parsed.firstBadLine {
            // A second name first, the repaired file over the first name after: there is no moment without either.
            let (aside, isNew) = try giveSecondName(path)
            let text = LogText.render(parsed.records)
            let repaired: OpenFile
            do throws(FileError) {
                repaired = try AtomicFile.replace(path, with: text, mode: 0o600)
            } catch {
                // Nothing was repaired: the next try is not to use up another name.
                if isNew { unlink(aside) }
                throw error
            }
            try syncFolder(of: path)
            let log = AppendLog(repaired, size: text.count, recordCount: parsed.records.count)
            let damage = Damage.badRecords(firstLine: firstBadLine, count: parsed.badLineCount, setAside: aside)
            return Opened(log: log, records: parsed.records, damage: damage)
        }
        let torn = bytes.count - parsed.wholeLines
        if torn > 0 {
            try file.truncate(to: parsed.wholeLines)
            try file.syncData()
        }
        if bytes.isEmpty { try syncFolder(of: path) }
        let log = AppendLog(file, size: parsed.wholeLines, recordCount: parsed.records.count)
        return Opened(log: log, records: parsed.records, damage: torn > 0 ? .tornTail(bytes: torn) : nil)
    }

    /// Links the damaged file at `path` to a name beside it: the one it has from a repair that a crash cut short, else the
    /// first free one.
    private static func giveSecondName(_ path: String) throws(FileError) -> (aside: String, isNew: Bool) {
        var damaged = stat()
        guard lstat(path, &damaged) == 0 else { throw FileError("lstat", path, errno: errno) }
        let names = (1...AtomicFile.damagedLimit).lazy.map { AtomicFile.asidePath(of: path, $0) }
        let present = names.first { name in
            var other = stat()
            return lstat(name, &other) == 0 && other.st_ino == damaged.st_ino && other.st_dev == damaged.st_dev
        }
        if let present { return (present, false) }
        let free = try AtomicFile.asidePath(of: path)
        guard link(path, free) == 0 else { throw FileError("link", path, errno: errno) }
        return (free, true)
    }

    /// Adds the payloads as records, in order, with one write and one fdatasync: when it returns they survive a power cut.
    /// A payload is any bytes without a line break; `unsuitable` otherwise. If it throws, the log is as it was before, and
    /// the next append may succeed (`noSpace`: when there is room again).
    public func append(_ payloads: [[UInt8]]) throws(FileError) {
        guard !payloads.isEmpty else { return }
        let text = try rendered(payloads)
        try state.withLock { state throws(FileError) in
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

    /// Compaction: these payloads become the whole log, atomically. If it throws, the log is as it was before, or already
    /// the new one when only the sync of the folder failed; `append` works either way.
    public func rewrite(_ payloads: [[UInt8]]) throws(FileError) {
        let text = try rendered(payloads)
        try state.withLock { state throws(FileError) in
            let file = try AtomicFile.replace(path, with: text, mode: 0o600)
            state = State(file: file, size: text.count, recordCount: payloads.count)
            try syncFolder(of: path)
        }
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
