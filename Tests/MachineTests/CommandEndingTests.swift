import Glibc
import NodeKit
import Testing

@testable import Machine

/// How a command ends that does not end by itself.
@Suite struct CommandEndingTests {
    let folder: TestFolder
    let clock = ManualClock()
    let runner: CommandRunner

    init() throws {
        folder = try TestFolder()
        runner = CommandRunner(grace: .seconds(2), clock: clock)
    }

    /// A script that writes the id of a child of its own, then its own, to files before it goes on.
    private func script(_ rest: String) -> [String] {
        ["-c", "sh -c '\(rest)' & echo $! > \(folder.path)/child; echo $$ > \(folder.path)/leader; \(rest)"]
    }

    private func process(_ name: String) async throws -> pid_t {
        try #require(
            try await eventually("the script names its \(name)") {
                text(of: folder.path(name)).flatMap { pid_t($0.dropLast()) }
            } until: {
                $0 != nil
            })
    }

    /// Starts the command, lets it come as far as naming its processes, and moves the clock to its deadline.
    private func pastDeadline(_ runner: CommandRunner, _ arguments: [String]) async throws -> Task<
        CommandOutput, any Error
    > {
        let running = Task { try await runner.run(Command("sh", arguments, deadline: .seconds(10))) }
        _ = try await process("leader")
        try await eventually("the deadline runs") { clock.nextDeadline == .init(offset: .seconds(10)) }
        clock.advance(by: .seconds(9))
        #expect(isAlive(try await process("leader")))
        clock.advance(by: .seconds(1))
        return running
    }

    @Test func theWholeGroupIsToldToEndAtTheDeadline() async throws {
        let running = try await pastDeadline(runner, script("sleep 1000"))
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error == CommandError(code: .deadlineExceeded, message: "sh: still running after 10.0 seconds"))
        for name in ["leader", "child"] {
            let process = try await process(name)
            try await eventually("\(name) is dead") { !isAlive(process) }
        }
    }

    @Test func whoDoesNotListenIsKilledAfterTheGrace() async throws {
        // An ignored signal stays ignored in what is started after.
        let deaf = "trap \"\" TERM; sleep 1000 & echo $! > \(folder.path)/child; echo $$ > \(folder.path)/leader; wait"
        let running = try await pastDeadline(runner, ["-c", deaf])
        try await eventually("the grace runs") { clock.nextDeadline == .init(offset: .seconds(12)) }
        let processes = [try await process("leader"), try await process("child")]
        for process in processes { #expect(isAlive(process)) }
        clock.advance(by: .seconds(2))
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error?.code == .deadlineExceeded)
        for process in processes { try await eventually("\(process) is dead") { !isAlive(process) } }
    }

    @Test func aChildThatOutlivesItsLeaderIsKilledAtOnce() async throws {
        // The leader ends at the SIGTERM, and with it the grace: the clock does not move again.
        let child = "trap \"\" TERM; sleep 1000 & echo $! > \(folder.path)/child; "
        let leader = "trap - TERM; echo $$ > \(folder.path)/leader; exec sleep 1000"
        let running = try await pastDeadline(runner, ["-c", child + leader])
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error?.code == .deadlineExceeded)
        let left = try await process("child")
        try await eventually("the child is dead") { !isAlive(left) }
    }

    @Test func aChildMayTidyUpAtItsDeadline() async throws {
        let tidy = "trap \"echo tidy > \(folder.path)/tidy; exit 0\" TERM; echo $$ > \(folder.path)/leader; "
        let running = try await pastDeadline(runner, ["-c", tidy + "while :; do sleep 0.01; done"])
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error?.code == .deadlineExceeded)
        #expect(text(of: folder.path("tidy")) == "tidy\n")
    }

    @Test func theCallerIsAnsweredThoughTheChildCannotBeKilled() async throws {
        // No signal arrives: this is what a process in state D looks like from here.
        let helpless = CommandRunner(grace: .seconds(2), clock: clock, signalGroup: { _, _ in })
        let running = try await pastDeadline(helpless, script("sleep 1000"))
        for step in [12, 13] {
            try await eventually("it waits until \(step)") { clock.nextDeadline == .init(offset: .seconds(step)) }
            clock.advance(by: clock.now.duration(to: .init(offset: .seconds(step))))
        }
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error?.code == .deadlineExceeded)
        let leader = try await process("leader")
        #expect(isAlive(leader))
        kill(-leader, SIGKILL)
        // Not a zombie: it has been reaped, though nobody waits for it any more.
        try await eventually("the child is reaped") { text(of: "/proc/\(leader)/stat") == nil }
    }

    @Test func cancellationKillsTheGroup() async throws {
        let running = Task { try await runner.run(Command("sh", script("sleep 1000"))) }
        let processes = [try await process("leader"), try await process("child")]
        running.cancel()
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error?.code == .cancelled)
        for process in processes { try await eventually("\(process) is dead") { !isAlive(process) } }
    }

    @Test func whatIsCancelledBeforeItsStartIsNotStarted() async throws {
        let path = folder.path("started")
        let running = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await runner.run(Command("touch", [path]))
        }
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error?.code == .cancelled)
        #expect(folder.names == [])
    }

    @Test func aClosedOutputIsNotTheEnd() async throws {
        let script = "exec >&- 2>&-; echo $$ > \(folder.path)/leader; sleep 1000"
        let running = try await pastDeadline(runner, ["-c", script])
        let error = await #expect(throws: CommandError.self) { try await running.value }
        #expect(error?.code == .deadlineExceeded)
        let leader = try await process("leader")
        try await eventually("the child is reaped") { text(of: "/proc/\(leader)/stat") == nil }
    }
}
