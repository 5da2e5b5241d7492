import Glibc
import Machine
import Testing

/// What a child gets from us, and what it leaves: each in a process of its own, because other tests open descriptors too.
@Suite struct CommandIsolationTests {
    @Test func aChildInheritsNothingButItsStreams() async {
        await #expect(processExitsWith: .success) {
            // A listener as careless as they come: inheritable.
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            try #require(listener >= 0)
            #expect(dup2(listener, 200) == 200)
            let output = try await CommandRunner().run(Command("sh", ["-c", "echo /proc/$$/fd/*"]))
            let open = output.outputText.split(whereSeparator: \.isWhitespace).compactMap {
                $0.split(separator: "/").last
            }
            // 3 is the folder that the shell itself reads, if it is still open.
            #expect(Set(open).subtracting(["3"]) == ["0", "1", "2"])
        }
    }

    @Test func whatSystemdSaysToUsIsNotForChildren() async {
        await #expect(processExitsWith: .success) {
            let names = [
                "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "JOURNAL_STREAM",
            ]
            for name in names { setenv(name, "x", 1) }
            setenv("KEPT", "x", 1)
            let output = try await CommandRunner().run(Command("env"))
            let inherited = Set(output.outputText.split(separator: "\n").map { String($0.prefix { $0 != "=" }) })
            #expect(inherited.isDisjoint(with: names))
            #expect(inherited.contains("KEPT"))
        }
    }

    @Test func noDescriptorAndNoZombieIsLeft() async {
        await #expect(processExitsWith: .success) {
            let runner = CommandRunner(grace: .milliseconds(10))
            func everyKindOfEnd() async {
                _ = try? await runner.run(Command("true", input: [1]))
                _ = try? await runner.run(Command("no-such-program"))
                _ = try? await runner.run(Command("yes", outputLimit: 10))
                _ = try? await runner.run(Command("sleep", ["1000"], deadline: .milliseconds(10)))
                _ = try? await runner.run(Command("echo", ["\0"]))
                _ = try? await runner.stream(Command("echo")) { _ in }
                let cancelled = Task { try? await runner.stream(Command("yes")) { _ in } }
                cancelled.cancel()
                _ = await cancelled.value
            }
            // The first round opens what the library keeps for good.
            await everyKindOfEnd()
            let before = namesIn("/proc/self/fd")
            for _ in 0..<5 { await everyKindOfEnd() }
            #expect(namesIn("/proc/self/fd") == before)
            #expect(waitpid(-1, nil, WNOHANG) == -1)
            #expect(errno == ECHILD)
        }
    }

    @Test func withoutDescriptorsACommandFailsAndTheAgentLives() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 64, rlim_max: 64)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            var taken: [Int32] = []
            while case let next = dup(2), next >= 0 { taken.append(next) }
            // With none free, and with each small number free, and at last with enough.
            var codes: [CommandError.Code?] = []
            while !taken.isEmpty {
                do throws(CommandError) {
                    _ = try await CommandRunner().run(Command("true"))
                    codes.append(nil)
                } catch {
                    codes.append(error.code)
                }
                close(taken.removeLast())
            }
            #expect(codes.first == .spawnFailed)
            #expect(codes.last == .some(nil))
            #expect(Set(codes) == [.spawnFailed, nil])
        }
    }
}
