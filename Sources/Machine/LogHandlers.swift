import CSystemd
import Glibc
public import Logging

/// Writes native structured entries to journald (sd_journal_sendv(3)): `MESSAGE`, `PRIORITY`, `MESSAGE_ID`, `CODE_FILE`,
/// `CODE_LINE`, `CODE_FUNC`, `SYSLOG_IDENTIFIER` and the metadata as `MINION_…`. What the journal refuses goes to standard
/// error as text.
public struct JournalLogHandler: LogHandler {
    /// Added to every message of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Asked for more at every message.
    public var metadataProvider: Logger.MetadataProvider?
    /// Less important messages are dropped.
    public var logLevel: Logger.Level
    private let identifier: String

    /// - Parameter identifier: `SYSLOG_IDENTIFIER`, the name before the colon in `journalctl`.
    public init(identifier: String, level: Logger.Level) {
        self.identifier = identifier
        logLevel = level
    }

    /// One of `metadata`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// See `LogHandler`.
    public func log(event: LogEvent) {
        var line = LogLine(event, metadata: metadata, provider: metadataProvider)
        let result = sendToJournal(line.journalFields(identifier: identifier))
        if result < 0 {
            line.metadata["journal"] = errorText(-result)
            writeToStandardError(line)
        }
    }
}

/// Writes one line of text to standard error: `time level message key=value …`. The time is UTC in milliseconds.
public struct TextLogHandler: LogHandler {
    /// Added to every message of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Asked for more at every message.
    public var metadataProvider: Logger.MetadataProvider?
    /// Less important messages are dropped.
    public var logLevel: Logger.Level
    private let write: @Sendable (LogLine) -> Void

    /// Lines of equal or higher importance go to standard error.
    public init(level: Logger.Level) {
        self.init(level: level, write: writeToStandardError)
    }

    init(level: Logger.Level, write: @escaping @Sendable (LogLine) -> Void) {
        logLevel = level
        self.write = write
    }

    /// One of `metadata`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// See `LogHandler`.
    public func log(event: LogEvent) {
        write(LogLine(event, metadata: metadata, provider: metadataProvider))
    }
}

extension LogLine {
    /// The whole line with its `\n`, at a moment since 1970.
    func standardErrorLine(seconds: Int, nanoseconds: Int) -> String {
        var moment = time_t(seconds)
        var fields = tm()
        gmtime_r(&moment, &fields)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = [Int(fields.tm_year) + 1900, Int(fields.tm_mon) + 1, Int(fields.tm_mday)]
        let time = [Int(fields.tm_hour), Int(fields.tm_min), Int(fields.tm_sec)]
        let day = date.map { padded($0, 2) }.joined(separator: "-")
        let clock = time.map { padded($0, 2) }.joined(separator: ":") + "." + padded(nanoseconds / 1_000_000, 3)
        return "\(day)T\(clock)Z \(level) \(text(keepsLineBreaks: false))\n"
    }
}

/// One write(2), so that lines of several threads do not mix. A closed or full standard error loses the line: there is
/// nowhere left to say so.
private func writeToStandardError(_ line: LogLine) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var text = line.standardErrorLine(seconds: now.tv_sec, nanoseconds: now.tv_nsec)
    text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// 0 or a negative error number.
private func sendToJournal(_ fields: [[UInt8]]) -> Int32 {
    var bytes = Array(fields.joined())
    return bytes.withUnsafeMutableBytes { bytes in
        var offset = 0
        let vectors = fields.map { field in
            defer { offset += field.count }
            return iovec(iov_base: bytes.baseAddress?.advanced(by: offset), iov_len: field.count)
        }
        return sd_journal_sendv(vectors, Int32(vectors.count))
    }
}
