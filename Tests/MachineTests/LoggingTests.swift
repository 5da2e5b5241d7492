import Glibc
import Logging
import Synchronization
import Testing

@testable import Machine

@Suite struct LoggingTests {
    private func line(
        _ message: String, _ metadata: [String: String] = [:], level: Logger.Level = .info
    ) -> LogLine {
        let event = LogEvent(
            level: level, message: "\(message)", metadata: metadata.mapValues { .string($0) }, source: nil,
            file: "Pods/PodReconciler.swift", function: "start(_:)", line: 42)
        return LogLine(event, metadata: [:], provider: nil)
    }

    private func fields(_ line: LogLine) -> [String] {
        line.journalFields(identifier: "miniond").map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func journalFieldsAreExact() {
        let metadata = [
            "pod": "web", "namespace": "default", "container": "php", "service": "s", "source": "master",
            "exitCode": "137",
            "event": "\(JournalEvent.containerDied)",
        ]
        #expect(
            fields(line("container died", metadata, level: .warning)) == [
                "MESSAGE=container died container=php exitCode=137 namespace=default pod=web service=s source=master",
                "PRIORITY=4", "SYSLOG_IDENTIFIER=miniond", "CODE_FILE=Pods/PodReconciler.swift", "CODE_LINE=42",
                "CODE_FUNC=start(_:)", "MINION_CONTAINER=php",
                "MESSAGE_ID=\(JournalEvent.containerDied.messageID)", "MINION_EXITCODE=137", "MINION_NAMESPACE=default",
                "MINION_POD=web", "MINION_SERVICE=s", "MINION_SOURCE=master",
            ])
    }

    @Test func aFieldHoldsAnyValueAndTheMessageShowsIt() {
        let found = fields(line("two\nlines\0", ["reason": "a\nFORGED=1\0\u{1B}[2J"]))
        #expect(found.first == "MESSAGE=two\nlines\\x00 reason=\"a\\nFORGED=1\\x00\\x1b[2J\"")
        #expect(found.last == "MINION_REASON=a\nFORGED=1\0\u{1B}[2J")
    }

    @Test(arguments: [
        ("pod", "MINION_POD"), ("podIP", "MINION_PODIP"), ("image.pull-time", "MINION_IMAGE_PULL_TIME"),
        ("größe=", "MINION_GR_SSE_"), ("", "MINION_"),
        (String(repeating: "k", count: 100), "MINION_" + String(repeating: "K", count: 57)),
    ])
    func fieldNamesAreWhatJournaldTakes(key: String, expected: String) {
        #expect(LogLine.fieldName(of: key) == expected)
    }

    @Test func prioritiesFollowSyslog() {
        #expect(Logger.Level.allCases.map(LogLine.priority) == [7, 7, 6, 5, 4, 3, 2])
        #expect(Logger.Level.allCases == [.trace, .debug, .info, .notice, .warning, .error, .critical])
    }

    @Test func anUnknownEventIsAFieldOfItsOwn() {
        #expect(fields(line("x", ["event": "nonsense"])).last == "MINION_EVENT=nonsense")
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("say \"no\"", "\"say \\\"no\\\"\""),
        ("C:\\", "\"C:\\\\\""), ("a=b,c", "a=b,c"), ("größer", "größer"), ("a\u{85}b", "\"a\\x85b\""),
    ])
    func valuesAreQuotedWhereTheyMustBe(value: String, expected: String) {
        #expect(line("m", ["k": value]).text(keepsLineBreaks: false) == "m k=\(expected)")
    }

    @Test func aLineOfTextIsExact() {
        let metadata = ["pod": "web", "reason": "no such image", "event": "podFailed", "a\nb": "c"]
        let line = line("pod\nfailed", metadata, level: .error)
        #expect(
            line.standardErrorLine(seconds: 1_415_318_402, nanoseconds: 7_900_000)
                == "2014-11-07T00:00:02.007Z error pod\\nfailed a\\nb=c pod=web reason=\"no such image\"\n")
    }

    @Test func theCallsMetadataWins() {
        let trouble = FileError("write", "/state", errno: ENOSPC)
        let seen = Mutex<[String]>([])
        var handler = TextLogHandler(level: .notice) { line in
            seen.withLock { $0.append(line.text(keepsLineBreaks: false)) }
        }
        handler.metadataProvider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
        handler.metadata = ["a": "logger", "b": "logger", "c": "logger"]
        var logger = Logger(label: "x", factory: { _ in handler })
        logger[metadataKey: "d"] = "set"
        logger.notice("m", metadata: ["a": "call"])
        logger.info("too quiet")
        logger.error("m", error: trouble)
        #expect(
            seen.withLock { $0 } == [
                "m a=call b=provider c=logger d=set",
                "m a=provider b=provider c=logger d=set error=\"write /state: No space left on device\"",
            ])
        #expect(logger[metadataKey: "d"] == "set")
    }

    @Test func textGoesToStandardErrorInOneLine() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
            LogSetup.bootstrap(level: .info, destination: .text)
            Logger(label: "x").warning("lost", metadata: ["pod": "web"])
            Logger(label: "x").debug("not this")
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(text.hasSuffix("Z warning lost pod=web\n"))
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test func theJournalIsUsedWhenStandardErrorIsTheJournals() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        var status = stat()
        fstat(ends[1], &status)
        let ours = "\(status.st_dev):\(status.st_ino)"
        let cases: [(LogSetup.Destination, socket: Bool, stream: String?, expected: Bool)] = [
            (.automatic, true, ours, true), (.automatic, true, "8:12345", false), (.automatic, true, nil, false),
            (.automatic, false, ours, false), (.journal, true, nil, true), (.journal, false, ours, false),
            (.text, true, ours, false),
        ]
        for (destination, socket, stream, expected) in cases {
            let usesJournal = LogSetup.usesJournal(
                destination, socketExists: socket, journalStream: stream, standardError: ends[1])
            #expect(usesJournal == expected, "\(destination) \(socket) \(stream ?? "-")")
        }
    }

    @Test func everyEventHasANumberOfItsOwn() {
        let ids = JournalEvent.allCases.map(\.messageID)
        #expect(Set(ids).count == ids.count)
        for event in JournalEvent.allCases {
            #expect(event.messageID.count == 32)
            #expect(event.messageID.allSatisfy { $0.isHexDigit && !$0.isUppercase })
            #expect(JournalEvent(named: "\(event)") == event)
        }
        // Published in the message catalogue: this one stands for the promise that none ever changes.
        #expect(JournalEvent.agentStarted.messageID == "67c2a12cf10245688bbb178c1c793af1")
    }
}
