public import ClusterModel
public import Pods
import Synchronization

/// What a container of the engine in memory wrote, and who follows it.
struct FakeLog {
    var lines: [LogLine] = []
    var followers: [AsyncStream<LogLine>.Continuation] = []
}

extension FakeRuntime {
    /// See `ContainerRuntime`. Of a range `tail` and `follow` are kept to; one that is followed ends with its container.
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
            let lines = state.logs[id]?.lines ?? []
            return range.tail.map { lines.suffix($0) } ?? lines
        }
        for line in lines { await onLine(line) }
        for await line in news { await onLine(line) }
        if Task.isCancelled { throw RuntimeError(.cancelled, "no longer wanted") }
    }

    /// Lets a container write a line.
    public func write(_ text: String, to stream: LogLine.Stream = .stdout, by id: String) {
        engine.state.withLock { state in
            let line = LogLine(stream: stream, time: state.time, text: text)
            state.logs[id, default: FakeLog()].lines.append(line)
            for follower in state.logs[id]?.followers ?? [] { follower.yield(line) }
        }
    }
}
