import Glibc
public import Logging

/// Where the program's log goes; called once, first thing in `main`.
public enum LogSetup {
    /// Who reads the log.
    public enum Destination: String, Sendable, CaseIterable {
        /// The journal if standard error is the journal's, as in a unit; text on standard error otherwise, as in a shell.
        case automatic
        /// The journal, unless there is none.
        case journal
        /// Text on standard error.
        case text
    }

    /// journald's native socket (systemd-journald.service(8)).
    static let journalSocket = "/run/systemd/journal/socket"

    /// Makes every `Logger` of the process write there from `level` up. A second call is a programming error of swift-log.
    public static func bootstrap(
        level: Logger.Level, destination: Destination = .automatic, identifier: String = "miniond"
    ) {
        let usesJournal = usesJournal(
            destination, socketExists: access(journalSocket, F_OK) == 0,
            journalStream: getenv("JOURNAL_STREAM").map { String(cString: $0) }, standardError: STDERR_FILENO)
        LoggingSystem.bootstrap { _ -> any LogHandler in
            usesJournal
                ? JournalLogHandler(identifier: identifier, level: level) : TextLogHandler(level: level)
        }
    }

    /// `JOURNAL_STREAM` holds device and inode of the stream that systemd has connected to the journal (systemd.exec(5)); a
    /// shell inside a unit inherits it, so it counts only if standard error is still that stream.
    static func usesJournal(
        _ destination: Destination, socketExists: Bool, journalStream: String?, standardError: Int32
    ) -> Bool {
        switch destination {
        case .text: return false
        case .journal: return socketExists
        case .automatic:
            var status = stat()
            guard socketExists, let journalStream, fstat(standardError, &status) == 0 else { return false }
            return journalStream == "\(status.st_dev):\(status.st_ino)"
        }
    }
}
