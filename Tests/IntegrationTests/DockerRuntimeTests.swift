import ClusterModel
import Machine
import NodeKit
import Testing

@testable import Pods

/// Everything on the real engine, one after the other: the cases start from an empty engine of theirs, and a small machine
/// does one thing at a time quicker than several.
@Suite("On a real Docker Engine", .serialized)
struct DockerTests {}

extension DockerTests {
    @Suite("the runtime")
    struct Runtime {
        private struct Bench: RuntimeBench {
            let node: DockerNode
            let neighbour: any ContainerRuntime
            let shellImage = DockerEngine.shellImage

            init(_ node: DockerNode) {
                self.node = node
                neighbour = DockerRuntime(
                    runner: node.engine.commands, command: "docker", owner: node.owner + "-neighbour",
                    pauseImageFile: "/nonexistent")
            }

            var runtime: any ContainerRuntime { node.runtime }

            func forgetNetworkImage() async throws {
                try await node.engine.docker("image", "rm", "--force", runtime.networkImage)
            }

            func forgetPodNetwork() async throws { try await node.forgetPodNetwork() }
        }

        @Test("does in each case what the fake does", arguments: RuntimeCase.all)
        func passes(_ story: RuntimeCase) async throws {
            try await DockerNode.with { node in try await story.run(on: Bench(node)) }
        }

        @Test("gives a container everything its spec says")
        func wholeSpec() async throws {
            try await DockerNode.with { node in
                let bench = Bench(node)
                _ = try await bench.startNetwork()
                var spec = bench.joined(to: bench.network().name, "while :; do sleep 1; done")
                spec.environment = [
                    EnvVar(name: "PLAIN", value: "a b=c #d 'e' \"f\" $g"), EnvVar(name: "EMPTY", value: ""),
                    EnvVar(name: "LINES", value: "one\ntwo"),
                    EnvVar(name: "LONG", value: String(repeating: "x", count: 70_000)),
                ]
                spec.workingDirectory = "/tmp"
                spec.memory = 32 * 1024 * 1024
                spec.cpuShares = 102
                spec.binds = [Bind(source: node.folder + "/made by docker", target: "/data", readOnly: true)]
                let id = try await node.runtime.run(spec)
                let values = try await node.engine.docker(
                    "inspect", "--format",
                    "{{.Config.WorkingDir}} {{.HostConfig.Memory}} {{.HostConfig.CpuShares}} {{.HostConfig.Privileged}}"
                        + " {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}",
                    id)
                #expect(values == "/tmp 33554432 102 false no json-file map[max-file:3 max-size:10m]")
                for variable in spec.environment {
                    let script = "printf '%s.' \"$\(variable.name)\""
                    let value = try await node.engine.docker("exec", id, "sh", "-c", script)
                    #expect(value == variable.value + ".")
                }
                let mount = try await node.engine.docker(
                    "exec", id, "sh", "-c", "echo x 2>/dev/null > /data/x || echo no")
                #expect(mount == "no", "read only")
                #expect(try await node.engine.docker("exec", id, "hostname") == "web")
            }
        }

        @Test("takes whatever an image is called for an image and never for an option")
        func hostileImage() async throws {
            try await DockerNode.with { node in
                var spec = Bench(node).network()
                spec.image = "--privileged"
                do throws(RuntimeError) {
                    _ = try await node.runtime.run(spec)
                    Issue.record("it was started")
                } catch {
                    #expect(error.code == .refused || error.code == .noSuchImage)
                }
                let left = try await node.runtime.containers(of: nil)
                #expect(left == [])
            }
        }

        @Test("an engine that is not there is unreachable, so is a command that is not there")
        func unreachable() async throws {
            try await DockerNode.with { node in
                for runtime in [
                    DockerRuntime(
                        runner: node.engine.commands, command: "/nonexistent/docker", owner: "x", pauseImageFile: "x"),
                    DockerRuntime(
                        runner: ElsewhereRunner(), command: "docker", owner: "x", pauseImageFile: "x"),
                ] {
                    do throws(RuntimeError) {
                        _ = try await runtime.containers(of: nil)
                        Issue.record("it answered")
                    } catch {
                        #expect(error.code == .unreachable)
                    }
                }
            }
        }
    }
}

/// Sends docker to a socket nobody listens on.
private struct ElsewhereRunner: CommandRunning {
    func run(_ command: Command) async throws(CommandError) -> CommandOutput {
        var command = command
        command.environment["DOCKER_HOST"] = "unix:///nonexistent.sock"
        return try await CommandRunner().run(command)
    }

    func stream(
        _ command: Command, onLine: @Sendable @escaping (String) async -> Void,
        onErrorLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> Machine.ExitStatus {
        try await CommandRunner().stream(command, onLine: onLine, onErrorLine: onErrorLine)
    }
}
