public import Logging
import Synchronization

/// Remembers what was logged, as `<event>: <message>`; the event is empty where there is none.
public final class RecordingLog: Sendable {
    private struct Handler: LogHandler {
        let log: RecordingLog
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let name = event.metadata?["event"].map { "\($0)" } ?? ""
            log.entries.withLock { $0.append((name, "\(event.message)")) }
        }
    }

    private let entries = Mutex<[(event: String, message: String)]>([])

    /// Nothing is remembered yet.
    public init() {}

    /// Logs here.
    public var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// The messages with this event, in order.
    public func messages(of event: String) -> [String] {
        entries.withLock { $0.filter { $0.event == event }.map(\.message) }
    }

    /// Every message that has these words in it.
    public func messages(with words: String) -> [String] {
        entries.withLock { $0.map(\.message).filter { $0.contains(words) } }
    }
}
