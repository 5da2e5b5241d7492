import ClusterModel
import Machine
import NodeKit
import Synchronization
import Testing

@testable import Pods

@Suite("Logs through the docker command")
struct DockerLogsTests {
    private let runner = ScriptedRunner()
    private var runtime: DockerRuntime {
        DockerRuntime(runner: runner, command: "docker", owner: "me", pauseImageFile: "/pause.tar")
    }

    private func read(_ range: LogRange = LogRange()) async throws(RuntimeError) -> [LogLine] {
        let lines = Mutex<[LogLine]>([])
        try await runtime.logs("c1", range) { line in lines.withLock { $0.append(line) } }
        return lines.withLock { $0 }
    }

    @Test(
        "the range is docker's words, and the id no option",
        arguments: [
            (LogRange(), ["logs", "--timestamps", "--", "c1"]),
            (LogRange(tail: 0), ["logs", "--timestamps", "--tail=0", "--", "c1"]),
            (
                LogRange(tail: 5, follow: true, since: "10m"),
                ["logs", "--timestamps", "--tail=5", "--since=10m", "--follow", "--", "c1"]
            ),
        ])
    func words(_ range: LogRange, _ words: [String]) async throws {
        runner.on("docker", play: .prints(""))
        #expect(try await read(range) == [])
        #expect(runner.commands.map(\.arguments) == [words])
    }

    @Test("a line is its time, its stream and its text")
    func lines() async throws {
        let output = CommandOutput(
            status: .exited(0),
            standardOutput: Array("2014-10-21T12:00:00.5Z hello  world\n2014-10-21T12:00:01Z \nbare\n".utf8),
            standardError: Array("2014-10-21T12:00:02Z oops\n".utf8))
        runner.on("docker", play: .ends(output))
        #expect(
            try await read() == [
                LogLine(stream: .stdout, time: "2014-10-21T12:00:00.5Z", text: "hello  world"),
                LogLine(stream: .stdout, time: "2014-10-21T12:00:01Z", text: ""),
                LogLine(stream: .stdout, time: "", text: "bare"),
                LogLine(stream: .stderr, time: "2014-10-21T12:00:02Z", text: "oops"),
            ])
    }

    @Test("a text that begins with a combining mark is no part of the time")
    func combining() async throws {
        let line = "2014-10-21T12:00:02Z \u{301}oops\n"
        runner.on(
            "docker", play: .ends(CommandOutput(status: .exited(0), standardError: Array(line.utf8))))
        #expect(
            try await read() == [LogLine(stream: .stderr, time: "2014-10-21T12:00:02Z", text: "\u{301}oops")])
    }

    @Test("an engine that says nothing is not waited for, unless the log is followed")
    func silence() async throws {
        runner.on("docker", play: .hangs)
        var deadlines = DockerDeadlines()
        deadlines.logSilence = .milliseconds(20)
        let runtime = DockerRuntime(
            runner: runner, command: "docker", owner: "me", pauseImageFile: "/pause.tar", deadlines: deadlines)
        let error = await #expect(throws: RuntimeError.self) { try await runtime.logs("c1", LogRange()) { _ in } }
        #expect(error?.code == .deadlineExceeded)
        let follower = Task { () -> RuntimeError.Code? in
            do throws(RuntimeError) {
                try await runtime.logs("c1", LogRange(follow: true)) { _ in }
                return nil
            } catch {
                return error.code
            }
        }
        // Asked again, with an end in sight: when it has ended, a bound on the follower would be over too.
        await #expect(throws: RuntimeError.self) { try await runtime.logs("c1", LogRange()) { _ in } }
        follower.cancel()
        #expect(await follower.value == .cancelled)
    }

    @Test("docker's own words are an error and no line")
    func complaints() async throws {
        runner.on("docker", play: .exits(1, "2014-10-21T12:00:02Z oops\nError: No such container: c1\n"))
        let error = await #expect(throws: RuntimeError.self) { try await read() }
        #expect(error == RuntimeError(.noSuchContainer, "No such container: c1"))
    }

    @Test("a line without end is told from an engine that answers nonsense")
    func tooLong() async throws {
        runner.on("docker", play: .fails(CommandError(code: .outputTooLarge, message: "docker logs: a line")))
        let error = await #expect(throws: RuntimeError.self) { try await read() }
        #expect(error?.code == .lineTooLong)
        #expect(runner.commands.first?.outputLimit == 1_048_576)
    }

    @Test("the newest instance is read, of an older incarnation only while there is no other")
    func newest() {
        func seen(_ id: String, _ uid: String, _ attempt: Int) -> ObservedContainer {
            let labels = ContainerLabels(
                pod: "web", namespace: "default", uid: uid, container: "c", hash: "", source: "master", attempt: attempt
            )
            return ObservedContainer(id: id, name: id, labels: labels, state: .created)
        }
        let all = [seen("a", "old", 7), seen("b", "new", 0), seen("c", "new", 1)]
        #expect(PodLogs.newest(all, uid: "new")?.id == "c")
        #expect(PodLogs.newest(all, uid: "newer")?.id == "a")
        #expect(PodLogs.newest([], uid: "new") == nil)
    }
}
