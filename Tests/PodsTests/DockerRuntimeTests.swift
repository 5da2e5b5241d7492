import ClusterModel
import Machine
import NodeKit
import Testing

@testable import Pods

@Suite("The runtime behind the docker command")
struct DockerRuntimeTests {
    private let runner = ScriptedRunner()
    private var runtime: DockerRuntime {
        DockerRuntime(runner: runner, command: "docker", owner: "me", pauseImageFile: "/pause.tar")
    }

    private func labels(_ id: String) -> String {
        #"{"minion.pod":"\#(id)","minion.namespace":"default","minion.uid":"u","minion.container":"net","#
            + #""minion.hash":"h","minion.source":"master","minion.attempt":"0"}"#
    }

    private func listed(_ ids: String...) -> String {
        ids.map { #"{"id":"\#($0)","name":"n-\#($0)","labels":\#(labels($0))}"# + "\n" }.joined()
    }

    private func inspected(_ id: String) -> String {
        #"{"id":"\#(id)","name":"/n-\#(id)","state":{"Status":"running","ExitCode":0,"OOMKilled":false,"Error":"","#
            + #""StartedAt":"2014-10-21T12:00:00Z","FinishedAt":""},"image":"i","labels":\#(labels(id)),"stopSignal":"","#
            + #""networkMode":"default","networks":{"bridge":{"IPAddress":"172.17.0.9"}}}"# + "\n"
    }

    private func inspect(_ ids: [String], _ outcome: ScriptedRunner.Outcome) {
        runner.on(play: outcome) { command in
            command.arguments.first == "inspect" && Array(command.arguments.suffix(ids.count)) == ids
                && command.arguments.count == 5 + ids.count
        }
    }

    private let hang = ScriptedRunner.Outcome.fails(CommandError(code: .deadlineExceeded, message: "docker: no answer"))

    private func states(_ seen: [ObservedContainer]) -> [String] {
        seen.map { $0.isUnknown ? "\($0.id)?" : $0.id }.sorted()
    }

    @Test("asks for all containers in one call, and one more for their list")
    func together() async throws {
        runner.on("docker", "ps", play: .prints(listed("a", "b", "c")))
        inspect(["a", "b", "c"], .prints(["a", "b", "c"].map(inspected).joined()))
        let seen = try await runtime.containers(of: nil)
        #expect(states(seen) == ["a", "b", "c"])
        #expect(runner.commands.count == 2)
        #expect(runner.commands.allSatisfy { $0.deadline <= .seconds(10) })
    }

    @Test("one that hangs costs its own deadline: the others are told, and from then on it is asked alone")
    func oneHangs() async throws {
        let runtime = self.runtime
        runner.on("docker", "ps", play: .prints(listed("a", "b", "c")))
        inspect(["a", "b", "c"], hang)
        inspect(["a"], .prints(inspected("a")))
        inspect(["b"], hang)
        inspect(["c"], .prints(inspected("c")))
        let seen = try await runtime.containers(of: nil)
        #expect(states(seen) == ["a", "b?", "c"])
        #expect(seen.first { $0.id == "b" }?.labels.pod == "b", "the list says whose it is")
        #expect(seen.first { $0.id == "b" }?.state == .unknown("docker inspect: docker: no answer"))

        runner.forget()
        inspect(["a", "c"], .prints(inspected("a") + inspected("c")))
        let second = try await runtime.containers(of: nil)
        #expect(states(second) == ["a", "b?", "c"])
        #expect(runner.commands.count == 3, "list, the two that answer, the one that does not")

        inspect(["b"], .prints(inspected("b")))
        let third = try await runtime.containers(of: nil)
        #expect(states(third) == ["a", "b", "c"])
        runner.forget()
        inspect(["a", "b", "c"], .prints(["a", "b", "c"].map(inspected).joined()))
        _ = try await runtime.containers(of: nil)
        #expect(runner.commands.count == 2, "it is trusted again")
    }

    @Test("one that went between list and inspection is gone, and the others are told")
    func oneGoes() async throws {
        runner.on("docker", "ps", play: .prints(listed("a", "b")))
        inspect(
            ["a", "b"],
            .ends(
                CommandOutput(
                    status: .exited(1), standardOutput: Array(inspected("b").utf8),
                    standardError: Array("Error: No such container: a\n".utf8))))
        let seen = try await runtime.containers(of: nil)
        #expect(states(seen) == ["b"])
        #expect(runner.commands.count == 2)
    }

    @Test("an inspection of known containers asks the list whose the silent ones are")
    func silentInspection() async throws {
        inspect(["a", "b"], hang)
        inspect(["a"], .prints(inspected("a")))
        inspect(["b"], hang)
        runner.on("docker", "ps", play: .prints(listed("b")))
        let seen = try await runtime.inspect(["a", "b"])
        #expect(states(seen) == ["a", "b?"])
    }

    @Test("a dead engine is an error, not a node without containers")
    func deadEngine() async throws {
        runner.on(
            "docker", "ps", play: .exits(1, "Cannot connect to the Docker daemon at x. Is the docker daemon running?"))
        await #expect(throws: RuntimeError.self) { try await runtime.containers(of: nil) }
        runner.on("docker", "ps", play: .prints(listed("a")))
        inspect(["a"], .exits(1, "Cannot connect to the Docker daemon at x. Is the docker daemon running?"))
        await #expect(throws: RuntimeError.self) { try await runtime.containers(of: nil) }
    }

    @Test("imports the network's image, and pulls any other, with all the time it takes")
    func fetch() async throws {
        runner.on("docker", play: .prints("sha256:0"))
        try await runtime.fetch(runtime.networkImage)
        try await runtime.fetch("far/away:1")
        #expect(runner.lines.map { $0[1] } == ["import", "pull"])
        #expect(runner.lines[0].contains("/pause.tar"))
        #expect(runner.commands[1].deadline >= .seconds(600))
    }

    @Test("whatever a registry says is a failed pull, unless there is no engine to say it")
    func failedPull() async throws {
        for (words, code) in [
            ("Error response from daemon: manifest for x not found", RuntimeError.Code.pullFailed),
            ("Error response from daemon: Get \"https://r/v2/\": dial tcp: address already in use", .pullFailed),
            ("Cannot connect to the Docker daemon at x. Is the docker daemon running?", .unreachable),
        ] {
            runner.on("docker", "pull", play: .exits(1, words))
            do throws(RuntimeError) {
                try await runtime.fetch("x")
                Issue.record("it was brought")
            } catch {
                #expect(error.code == code)
            }
        }
    }
}
