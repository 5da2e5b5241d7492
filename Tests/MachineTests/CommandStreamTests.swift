import Glibc
import Machine
import NodeKit
import Synchronization
import Testing

@Suite struct CommandStreamTests {
    let runner = CommandRunner(grace: .milliseconds(50))

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        func add(_ line: String) { all.withLock { $0.append(line) } }
        var seen: [String] { all.withLock { $0 } }
    }

    @Test(arguments: [
        ("printf 'a\\nb\\n'", ["a", "b"]),
        ("printf 'a\\n\\nb'", ["a", "", "b"]),
        ("printf a; sleep 0.05; printf 'b\\nc'; sleep 0.05; printf '\\n'", ["ab", "c"]),
        ("echo nothing >&2", []),
    ])
    func handsOutLines(script: String, expected: [String]) async throws {
        let lines = Lines()
        let status = try await runner.stream(Command("sh", ["-c", script + "; exit 3"])) { lines.add($0) }
        #expect(status == .exited(3))
        #expect(lines.seen == expected)
    }

    @Test func handsOutBothStreamsAtTheSameTime() async throws {
        let (output, errors) = (Lines(), Lines())
        // More than a pipe holds, first on one and then on the other: who read them one after the other would hang.
        let script = "seq 1 20000 >&2; seq 1 20000; echo last >&2"
        let status = try await runner.stream(
            Command("sh", ["-c", script]), onLine: { output.add($0) }, onErrorLine: { errors.add($0) })
        #expect(status.isSuccess)
        #expect(output.seen == (1...20_000).map(String.init))
        #expect(errors.seen == (1...20_000).map(String.init) + ["last"])
    }

    @Test func everyLineOfALongOutputArrivesInOrder() async throws {
        let lines = Lines()
        _ = try await runner.stream(Command("seq", ["1", "200000"])) { lines.add($0) }
        #expect(lines.seen == (1...200_000).map(String.init))
    }

    @Test func goesOnPastTheDeadlineUntilCancelled() async throws {
        let lines = Lines()
        let command = Command("sh", ["-c", "echo $$; sleep 0.2; echo later; sleep 1000"], deadline: .milliseconds(1))
        let streaming = Task { try await runner.stream(command) { lines.add($0) } }
        try await eventually("the second line comes") { lines.seen.count == 2 }
        let leader = try #require(lines.seen.first.flatMap { pid_t($0) })
        #expect(isAlive(leader))
        streaming.cancel()
        let error = await #expect(throws: CommandError.self) { try await streaming.value }
        #expect(error?.code == .cancelled)
        try await eventually("the child is reaped") { text(of: "/proc/\(leader)/stat") == nil }
    }

    @Test func aLineIsBounded() async throws {
        let lines = Lines()
        let command = Command("sh", ["-c", "echo short; exec tr '\\0' x < /dev/zero"], outputLimit: 10_000)
        let error = await #expect(throws: CommandError.self) { try await runner.stream(command) { lines.add($0) } }
        #expect(error == CommandError(code: .outputTooLarge, message: "sh: a line longer than 10000 bytes"))
        #expect(lines.seen == ["short"])
    }

    @Test func aSlowReaderSlowsTheProgram() async throws {
        // The program writes a file when it has got rid of everything; more than a pipe holds, so it cannot before we read.
        let folder = try TestFolder()
        let done = folder.path("done")
        let gate = AsyncStream<Void>.makeStream()
        let count = Mutex(0)
        let streaming = Task {
            try await runner.stream(Command("sh", ["-c", "seq 1 500000; echo > \(done)"])) { _ in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == 1 { for await _ in gate.stream { break } }
            }
        }
        try await eventually("the first line comes") { count.withLock { $0 } == 1 }
        #expect(folder.names == [])
        gate.continuation.yield()
        _ = try await streaming.value
        #expect(folder.names == ["done"])
        #expect(count.withLock { $0 } == 500_000)
    }
}
