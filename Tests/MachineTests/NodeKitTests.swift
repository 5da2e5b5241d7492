import Machine
import NodeKit
import Synchronization
import Testing

/// The helpers that the other modules' tests stand on.
@Suite struct NodeKitTests {
    private final class Log: Sendable {
        private let entries = Mutex<[String]>([])
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        var all: [String] { entries.withLock { $0 } }
    }

    @Test func sleepersWakeWhenTheirTimeHasCome() async throws {
        let clock = ManualClock()
        let log = Log()
        for (order, seconds) in [3, 1, 2].enumerated() {
            Task {
                try await clock.sleep(for: .seconds(seconds))
                log.add("\(seconds)")
            }
            try await eventually("sleeper \(seconds) sleeps") { clock.sleeperCount == order + 1 }
        }
        #expect(clock.nextDeadline == .init(offset: .seconds(1)))
        clock.advance(by: .milliseconds(999))
        #expect(clock.sleeperCount == 3)
        clock.advance(by: .milliseconds(1))
        try await eventually("the first wakes") { log.all == ["1"] }
        clock.advance(by: .seconds(2))
        try await eventually("all are awake") { Set(log.all) == ["1", "2", "3"] }
        #expect(clock.now == .init(offset: .seconds(3)))
        #expect(clock.nextDeadline == nil)
        try await clock.sleep(until: clock.now)
    }

    @Test func aCancelledSleeperThrows() async throws {
        let clock = ManualClock()
        let sleeping = Task { try await clock.sleep(for: .seconds(1)) }
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
        #expect(clock.sleeperCount == 0)
        let cancelledBefore = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(for: .seconds(1))
        }
        await #expect(throws: CancellationError.self) { try await cancelledBefore.value }
    }

    @Test func theNewestRuleThatMatchesWins() async throws {
        let runner = ScriptedRunner()
        runner.on("docker", play: .prints("any"))
        runner.on("docker", "ps", play: .exits(3, "trouble"))
        #expect(try await runner.run(Command("docker", ["ps", "-a"])).status == .exited(3))
        #expect(try await runner.run(Command("docker", ["version"])).outputText == "any")
        runner.on(play: .computes { command in .init(status: .exited(0), standardOutput: command.input) }) {
            $0.arguments.contains("-a")
        }
        #expect(try await runner.run(Command("docker", ["ps", "-a"], input: [7])).standardOutput == [7])
        #expect(runner.lines == [["docker", "ps", "-a"], ["docker", "version"], ["docker", "ps", "-a"]])
        runner.forget()
        let error = await #expect(throws: CommandError.self) { try await runner.run(Command("podman", ["ps"])) }
        #expect(error?.code == .spawnFailed)
        #expect(runner.unscripted == [Command("podman", ["ps"])])
        #expect(runner.commands == runner.unscripted)
    }

    @Test func aFeedIsStreamedAsItComes() async throws {
        let runner = ScriptedRunner()
        let (feed, events) = AsyncStream<String>.makeStream()
        runner.on("docker", "events", play: .feeds(feed))
        let log = Log()
        let streaming = Task { try await runner.stream(Command("docker", ["events"])) { log.add($0) } }
        events.yield("one")
        try await eventually("the first line") { log.all == ["one"] }
        events.yield("two")
        events.finish()
        #expect(try await streaming.value == .exited(0))
        #expect(log.all == ["one", "two"])
        runner.on(
            "docker", "events", play: .ends(CommandOutput(status: .exited(1), standardOutput: Array("a\nb\n".utf8))))
        #expect(try await runner.stream(Command("docker", ["events"])) { log.add($0) } == .exited(1))
        #expect(log.all == ["one", "two", "a", "b"])
    }

    @Test func whatHangsEndsWhenCancelled() async throws {
        let runner = ScriptedRunner()
        runner.on("docker", play: .hangs)
        let running = Task { try await runner.run(Command("docker", ["ps"])) }
        let streaming = Task { try await runner.stream(Command("docker", ["events"])) { _ in } }
        try await eventually("both are asked for") { runner.commands.count == 2 }
        running.cancel()
        streaming.cancel()
        let ended = await #expect(throws: CommandError.self) { try await running.value }
        #expect(ended?.code == .cancelled)
        let alsoEnded = await #expect(throws: CommandError.self) { try await streaming.value }
        #expect(alsoEnded?.code == .cancelled)
    }

    @Test func eventuallyTellsWhatItSawLast() async throws {
        let error = await #expect(throws: NeverHappened.self) {
            try await eventually("a four", within: .zero, read: { 3 }, until: { $0 == 4 })
        }
        #expect(error?.description == "not within 0.0 seconds: a four; last seen: 3")
        var looks = 0
        try await eventually("the third look") {
            looks += 1
            return looks == 3
        }
    }
}
