import Glibc
import Machine
import NodeKit
import Testing

@Suite struct CommandRunnerTests {
    let runner = CommandRunner(grace: .milliseconds(50))

    @Test(arguments: [
        ("echo out; echo err >&2", Machine.ExitStatus.exited(0), "out\n", "err\n"),
        ("printf '\\377\\000'; exit 7", .exited(7), "\u{FFFD}\0", ""),
        ("kill -9 $$", .signalled(SIGKILL), "", ""),
        // The agent ignores SIGPIPE; its children must not.
        ("kill -PIPE $$; echo alive", .signalled(SIGPIPE), "", ""),
        ("echo $0", .exited(0), "sh\n", ""),
    ])
    func endsWithAValue(script: String, status: Machine.ExitStatus, output: String, errors: String) async throws {
        let result = try await runner.run(Command("sh", ["-c", script, "sh"]))
        #expect(result.status == status)
        #expect(result.outputText == output)
        #expect(result.errorText == errors)
        #expect(result.status.isSuccess == (status == .exited(0)))
    }

    @Test func aChildLeadsItsOwnGroup() async throws {
        let words = try await runner.run(Command("sh", ["-c", "echo $$; cat /proc/$$/stat"])).outputText
            .split(whereSeparator: \.isWhitespace)
        // proc_pid_stat(5): pid (comm) state ppid pgrp
        #expect(words[5] == words[0])
    }

    @Test func environmentIsAddedToTheInherited() async throws {
        let command = Command("sh", ["-c", "echo $A $HOME"], environment: ["A": "1", "HOME": "/nowhere"])
        #expect(try await runner.run(command).outputText == "1 /nowhere\n")
        let inherited = try await runner.run(Command("sh", ["-c", "test -n \"$PATH\""], environment: ["A": "1"]))
        #expect(inherited.status.isSuccess)
    }

    @Test func inputAndOutputFlowAtTheSameTime() async throws {
        // Larger than both pipes: whoever writes all before reading any stands still for ever.
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let result = try await runner.run(Command("tee", ["/dev/stderr"], input: bytes))
        #expect(result.standardOutput == bytes)
        #expect(result.standardError == bytes)
    }

    @Test func unreadInputIsNoError() async throws {
        let result = try await runner.run(Command("true", input: [UInt8](repeating: 0, count: 1_000_000)))
        #expect(result.status == .exited(0))
    }

    @Test(arguments: ["no-such-program", "/no/such/program", "/etc"])
    func whatCannotBeExecutedIsNotFound(executable: String) async {
        let error = await #expect(throws: CommandError.self) { try await runner.run(Command(executable, ["x"])) }
        #expect(error?.code == .notFound)
        #expect(error?.message == "\(executable): not found, or not executable")
    }

    @Test func anArgumentIsNeverCutAtANul() async {
        let error = await #expect(throws: CommandError.self) { try await runner.run(Command("echo", ["a", "b\0c"])) }
        #expect(error == CommandError(code: .spawnFailed, message: "echo a: argument 2 contains a NUL byte"))
    }

    @Test func tooManyArgumentsAreRefusedByTheKernelWithItsWords() async {
        let error = await #expect(throws: CommandError.self) {
            try await runner.run(Command("echo", [String(repeating: "x", count: 3_000_000)]))
        }
        #expect(error?.code == .spawnFailed)
        #expect(error?.message.contains("Argument list too long") == true)
    }

    @Test(arguments: [(1000, true), (999, false)])
    func theOutputLimitIsExact(limit: Int, fits: Bool) async {
        for descriptor in [1, 2] {
            let script = "head -c 1000 /dev/zero >&\(descriptor); exec \(fits ? "true" : "sleep 1000")"
            let command = Command("sh", ["-c", script], outputLimit: limit)
            let result = await Result { try await runner.run(command) }
            switch result {
            case .success(let output):
                #expect(fits)
                #expect(output.standardOutput.count + output.standardError.count == 1000)
            case .failure(let error):
                #expect(!fits)
                #expect(
                    error as? CommandError
                        == CommandError(
                            code: .outputTooLarge, message: "sh: more than 999 bytes of output"))
            }
        }
    }

    @Test func aChildWithoutEndIsStoppedAtItsOutputLimit() async {
        let error = await #expect(throws: CommandError.self) { try await runner.run(Command("yes", outputLimit: 4096)) }
        #expect(error?.code == .outputTooLarge)
    }

    @Test func whatALeaderLeavesBehindIsNotAwaited() async throws {
        let result = try await runner.run(Command("sh", ["-c", "sleep 1000 & echo $!"]))
        let left = try #require(pid_t(result.outputText.dropLast()))
        #expect(isAlive(left))
        kill(left, SIGKILL)
    }

    @Test func nameTellsNoSecrets() {
        #expect(Command("/usr/bin/docker", ["run", "--env", "PASSWORD=x"]).name == "docker run")
        #expect(Command("iptables", ["-t", "nat"]).name == "iptables")
        #expect(Command("true").name == "true")
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
