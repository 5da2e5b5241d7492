import Logging
import Synchronization

/// Remembers what was logged, as `<event>: <message>`.
final class RecordingLog: Sendable {
    private struct Handler: LogHandler {
        let log: RecordingLog
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let name = event.metadata?["event"].map { "\($0): " } ?? ""
            log.lines.withLock { $0.append("\(name)\(event.message)") }
        }
    }

    private let lines = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    func lines(of event: String) -> [String] { lines.withLock { $0.filter { $0.hasPrefix("\(event): ") } } }
}
