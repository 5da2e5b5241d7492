import ClusterModel
import Pods
import Synchronization

/// Writes to both descriptors and ends. The pauses let each line have a time of its own.
private let job = "echo one; echo oops >&2; sleep 0.1; echo two; sleep 0.1; echo three; exit 0"
/// Writes when it is ready for TERM, and once more when that comes.
private let server = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done"

extension RuntimeCase {
    /// What containers wrote.
    static let logs = [
        RuntimeCase("of a container that has ended each stream is told in order, with the times") { bench in
            let id = try await bench.ended(job)
            let lines = try await bench.lines(id)
            try mustEqual("stdout", lines.texts(.stdout), ["one", "two", "three"])
            try mustEqual("stderr", lines.texts(.stderr), ["oops"])
            let times = lines.filter { $0.stream == .stdout }.map(\.time)
            try mustEqual("times", times.allSatisfy { $0.hasPrefix("20") && $0.hasSuffix("Z") }, true)
            try mustEqual("order", times, times.sorted())
        },
        RuntimeCase("only so many of the last lines are told as are asked for") { bench in
            let id = try await bench.ended(job)
            let last = try await bench.lines(id, LogRange(tail: 2))
            try mustEqual("the last two", last.texts(.stdout), ["two", "three"])
            try mustEqual("of the other stream", last.texts(.stderr), [])
            try mustEqual("none", try await bench.lines(id, LogRange(tail: 0)), [])
            try mustEqual("more than there are", try await bench.lines(id, LogRange(tail: 100)).count, 4)
        },
        RuntimeCase("only what was written since a time is told") { bench in
            let id = try await bench.ended(job)
            let all = try await bench.lines(id).filter { $0.stream == .stdout }
            guard let second = all.dropFirst().first else {
                throw RuntimeCaseFailure(description: "\(all.count) lines")
            }
            let newer = try await bench.lines(id, LogRange(since: second.time))
            try mustEqual("since the second", newer.texts(.stdout), ["two", "three"])
            let last = try await bench.lines(id, LogRange(tail: 1, since: second.time))
            try mustEqual("the last of them", last.texts(.stdout), ["three"])
            let future = try await bench.lines(id, LogRange(since: "2999-01-01T00:00:00Z"))
            try mustEqual("of the future", future, [])
        },
        RuntimeCase("a log that is followed goes on until the container ends") { bench in
            let id = try await bench.runtime.run(bench.joined(to: try await bench.startNetwork(), server))
            let follower = LogFollower(bench.runtime, id)
            try await follower.sees(["ready"])
            try await bench.runtime.signal([id], "TERM")
            try mustEqual("its end", try await follower.end(), nil)
            try mustEqual("its lines", follower.texts, ["ready", "bye"])
            try mustEqual("the code", try await bench.end(of: id).code, 0)
            try mustEqual("followed later", try await bench.lines(id, LogRange(follow: true)).count, 2)
        },
        RuntimeCase("who follows no longer is told so, and the container goes on") { bench in
            let id = try await bench.runtime.run(bench.joined(to: try await bench.startNetwork(), server))
            let follower = LogFollower(bench.runtime, id)
            try await follower.sees(["ready"])
            follower.cancel()
            try mustEqual("its end", try await follower.end(), .cancelled)
            guard case .running = try await bench.only(id).state else {
                throw RuntimeCaseFailure(description: "the container has ended")
            }
        },
        RuntimeCase("of a container that is gone there is no log, followed or not") { bench in
            let id = try await bench.ended(job)
            try await bench.runtime.remove([id])
            for range in [LogRange(), LogRange(follow: true)] {
                try await mustThrow(.noSuchContainer, "its log") { _ = try await bench.lines(id, range) }
            }
        },
        RuntimeCase("who follows a container that is removed is not kept waiting") { bench in
            let id = try await bench.runtime.run(bench.joined(to: try await bench.startNetwork(), server))
            let follower = LogFollower(bench.runtime, id)
            try await follower.sees(["ready"])
            try await bench.runtime.remove([id])
            try mustEqual("its end", try await follower.end(), nil)
        },
    ]
}

/// Follows a log in a task of its own.
private final class LogFollower: Sendable {
    private let lines = Mutex<[LogLine]>([])
    private let task = Mutex<Task<RuntimeError.Code?, Never>?>(nil)

    init(_ runtime: any ContainerRuntime, _ id: String) {
        task.withLock {
            $0 = Task {
                do throws(RuntimeError) {
                    try await runtime.logs(id, LogRange(follow: true)) { line in self.lines.withLock { $0.append(line) }
                    }
                    return nil
                } catch {
                    return error.code
                }
            }
        }
    }

    var texts: [String] { lines.withLock { $0.map(\.text) } }

    /// Waits until exactly these were told.
    func sees(_ wanted: [String]) async throws {
        _ = try await eventually("the lines \(wanted)", read: { texts }, until: { $0 == wanted })
    }

    func cancel() { task.withLock { $0?.cancel() } }

    /// Waits for the end of it: why it failed, `nil` where it did not. It has to come within the time `eventually` takes.
    func end() async throws -> RuntimeError.Code? {
        let result = Mutex<RuntimeError.Code??>(nil)
        guard let task = task.withLock(\.self) else { return nil }
        let watch = Task {
            let end = await task.value; result.withLock { $0 = .some(end) }
        }
        defer { watch.cancel() }
        return try await eventually("the end of a log", read: { result.withLock(\.self) }, until: { $0 != nil }) ?? nil
    }
}

extension RuntimeBench {
    /// The id of a container that has run a script to its end.
    fileprivate func ended(_ script: String) async throws -> String {
        let id = try await runtime.run(joined(to: try await startNetwork(), script))
        _ = try await end(of: id)
        return id
    }

    /// What is told of a log.
    fileprivate func lines(_ id: String, _ range: LogRange = LogRange()) async throws -> [LogLine] {
        let lines = Mutex<[LogLine]>([])
        try await runtime.logs(id, range) { line in lines.withLock { $0.append(line) } }
        return lines.withLock(\.self)
    }
}

extension [LogLine] {
    /// What was written to one of the streams.
    fileprivate func texts(_ stream: LogLine.Stream) -> [String] { filter { $0.stream == stream }.map(\.text) }
}
