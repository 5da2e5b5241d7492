public import ClusterModel
import Machine
import Synchronization

/// Logs come through `docker logs`, which reads whatever the engine's driver keeps: the journal, or its own files.
extension DockerRuntime {
    /// The longest line, in bytes: 1 MiB. The engine itself cuts at 16 KiB where it writes files.
    static let logLineLimit = 1_024 * 1_024

    /// See `ContainerRuntime`. What the engine itself complains of is told from what the container wrote to standard error
    /// by the time in front: only the engine's own words have none.
    public func logs(
        _ id: String, _ range: LogRange, onLine: @Sendable @escaping (LogLine) async -> Void
    ) async throws(RuntimeError) {
        let complaints = Complaints()
        let status: ExitStatus
        do {
            status = try await stream(
                Command(command, DockerArguments.logs(id, range), outputLimit: Self.logLineLimit),
                silence: range.follow ? nil : deadlines.logSilence,
                onLine: { text in await onLine(LogLine(docker: text, .stdout) ?? LogLine(bare: text, .stdout)) },
                onErrorLine: { text in
                    guard let line = LogLine(docker: text, .stderr) else { return complaints.note(text) }
                    await onLine(line)
                })
        } catch {
            if error.code == .outputTooLarge { throw RuntimeError(.lineTooLong, error.message) }
            throw DockerFailure.error(error)
        }
        guard !status.isSuccess else { return }
        let words = Array(complaints.text.utf8)
        throw DockerFailure.error(CommandOutput(status: status, standardError: words))
    }
}

/// What docker said for itself while it read a log.
private final class Complaints: Sendable {
    /// Lines that are kept: the first ones say why.
    private static let limit = 10

    private let lines = Mutex<[String]>([])

    func note(_ line: String) {
        lines.withLock { if $0.count < Self.limit { $0.append(line) } }
    }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}

extension LogLine {
    /// A line of `docker logs --timestamps`: the time, a space, and what was written. `nil` when no time is in front.
    init?(docker text: String, _ stream: Stream) {
        // By bytes: with a combining mark behind it, the space is no character of its own.
        let bytes = text.utf8
        let end = bytes.firstIndex(of: UInt8(ascii: " ")) ?? bytes.endIndex
        let time = String(text[..<end])
        guard LogRange.isTime(time), time.contains("T") else { return nil }
        self.init(stream: stream, time: time, text: String(decoding: bytes[end...].dropFirst(), as: UTF8.self))
    }

    /// A line whose time is not known.
    init(bare text: String, _ stream: Stream) {
        self.init(stream: stream, time: "", text: text)
    }
}

extension DockerArguments {
    /// What a container wrote, each line with its time.
    static func logs(_ id: String, _ range: LogRange) -> [String] {
        var words = ["logs", "--timestamps"]
        if let tail = range.tail { words.append("--tail=\(tail)") }
        if let since = range.since { words.append("--since=\(since)") }
        if range.follow { words.append("--follow") }
        return words + ["--", id]
    }
}
