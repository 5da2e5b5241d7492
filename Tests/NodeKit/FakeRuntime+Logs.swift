public import ClusterModel
public import Pods
import Synchronization

/// What a container of the engine in memory wrote, and who follows it.
struct FakeLog {
    var lines: [LogLine] = []
    var followers: [AsyncStream<LogLine>.Continuation] = []
}

extension FakeRuntime {
    /// See `ContainerRuntime`. Of `since` only times are kept to, and no durations.
    public func logs(
        _ id: String, _ range: LogRange, onLine: @Sendable @escaping (LogLine) async -> Void
    ) async throws(RuntimeError) {
        let (news, follower) = AsyncStream<LogLine>.makeStream()
        let lines = try await call(.logs) { state throws(RuntimeError) -> [LogLine] in
            guard let entry = state.entries[id] else {
                throw RuntimeError(.noSuchContainer, "No such container: \(id)")
            }
            if range.follow, case .running = entry.seen.state {
                state.logs[id, default: FakeLog()].followers.append(follower)
            } else {
                follower.finish()
            }
            let lines = (state.logs[id]?.lines ?? []).filter { $0.time >= range.since ?? "" }
            return range.tail.map { lines.suffix($0) } ?? lines
        }
        for line in lines { await onLine(line) }
        for await line in news { await onLine(line) }
        if Task.isCancelled { throw RuntimeError(.cancelled, "no longer wanted") }
    }

    /// Lets a container write a line.
    public func write(_ text: String, to stream: LogLine.Stream = .stdout, by id: String) {
        engine.state.withLock { $0.write(text, to: stream, by: id) }
    }
}

extension FakeRuntime.State {
    /// Each line of a container has a time of its own, a nanosecond after the one before it.
    mutating func write(_ text: String, to stream: LogLine.Stream, by id: String) {
        let count = String((logs[id]?.lines.count ?? 0) + 1)
        let time = time.dropLast("000000001Z".count) + String(repeating: "0", count: 9 - count.count) + count + "Z"
        let line = LogLine(stream: stream, time: String(time), text: text)
        logs[id, default: FakeLog()].lines.append(line)
        for follower in logs[id]?.followers ?? [] { follower.yield(line) }
    }
}
