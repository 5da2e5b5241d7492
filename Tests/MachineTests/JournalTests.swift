import Glibc
import Logging
import Testing

@testable import Machine

@Suite struct JournalTests {
    /// libsystemd knows one path only, so the test has a /run of its own: a mount namespace that ends with its process.
    @Test func anEntryArrivesInTheNativeProtocol() async {
        await #expect(processExitsWith: .success) {
            let socket = try journalSocketOfOurOwn()
            #expect(
                LogSetup.usesJournal(
                    .journal, socketExists: access(LogSetup.journalSocket, F_OK) == 0,
                    journalStream: nil, standardError: 2))
            let (function, line) = logAFailure(to: JournalLogHandler(identifier: "miniond", level: .info))
            var datagram = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &datagram, datagram.count, Int32(MSG_DONTWAIT))
            try #require(count > 0)
            // A value with a line break goes as name, length in 64 bits little-endian, value.
            let expected = """
                MESSAGE=pod failed pod=web reason="two\\nlines\\x00"
                PRIORITY=3
                SYSLOG_IDENTIFIER=miniond
                CODE_FILE=\(#fileID)
                CODE_LINE=\(line)
                CODE_FUNC=\(function)
                MESSAGE_ID=\(JournalEvent.podFailed.messageID)
                MINION_POD=web
                MINION_REASON
                \u{A}\0\0\0\0\0\0\0two
                lines\0

                """
            #expect(String(decoding: datagram.prefix(count), as: UTF8.self) == expected)
        }
    }
}

/// Outside of the test's macro, in which every line has one number.
private func logAFailure(to handler: JournalLogHandler) -> (function: String, line: Int) {
    let logger = Logger(label: "x", factory: { _ in handler })
    let metadata: Logger.Metadata = ["pod": "web", "reason": "two\nlines\0", "event": "\(JournalEvent.podFailed)"]
    logger.error("pod failed", metadata: metadata)
    return (#function, #line - 1)
}

private func journalSocketOfOurOwn() throws -> Int32 {
    try enterMountNamespace()
    try #require(mount("tmpfs", "/run", "tmpfs", 0, nil) == 0)
    try #require(mkdir("/run/systemd", 0o755) == 0 && mkdir("/run/systemd/journal", 0o755) == 0)
    return try datagramSocket(at: LogSetup.journalSocket)
}
