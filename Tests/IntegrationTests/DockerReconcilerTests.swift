import ClusterModel
import Glibc
import NodeKit
import Testing

@testable import Pods

extension DockerTests {
    @Suite("the reconciler")
    struct Reconciler {
        @Test("starts a pod that answers at its address, by its name")
        func starts() async throws {
            try await DockerNode.with { node in
                try await node.agent(pods: [makePod(.web())]) { agent in
                    let address = try await agent.applied().state.podIP
                    let answer = try await eventually("an answer", read: { try await node.engine.get(address) }) {
                        $0 != nil
                    }
                    #expect(answer == "hello from web at \(address)\n")
                }
            }
        }

        @Test("restarts a container that is killed, in its place, and counts")
        func crash() async throws {
            try await DockerNode.with { node in
                try await node.agent(pods: [makePod(.web())]) { agent in
                    let address = try await agent.applied().state.podIP
                    let before = try await node.running()
                    try await node.engine.docker("kill", try #require(before["app"]))
                    let report = try await agent.failed("ContainerExited")
                    #expect(report.state.message == "app: exited with 137")
                    #expect(report.state.info["app"]?.state == .waiting(reason: "ContainerExited"))
                    let after = try await agent.applied()
                    #expect(after.state.podIP == address)
                    #expect(after.state.info["app"]?.restartCount == 1)
                    let now = try await node.running()
                    #expect(now["net"] == before["net"])
                    #expect(now["app"] != before["app"])
                }
            }
        }

        @Test("rebuilds a pod whose network is killed, and it answers again")
        func networkKilled() async throws {
            try await DockerNode.with { node in
                try await node.agent(pods: [makePod(.web())]) { agent in
                    try await agent.applied()
                    let before = try await node.running()
                    try await node.engine.docker("kill", try #require(before["net"]))
                    try await agent.report("failure") { $0.convergence != .applied }
                    let address = try await agent.applied().state.podIP
                    let answer = try await eventually("an answer", read: { try await node.engine.get(address) }) {
                        $0 != nil
                    }
                    #expect(answer == "hello from web at \(address)\n")
                    let now = try await node.running()
                    #expect(now["net"] != before["net"] && now["app"] != before["app"])
                }
            }
        }

        @Test("a new agent restarts nothing: the same containers since the same moment")
        func adoption() async throws {
            try await DockerNode.with { node in
                let pods = [makePod(.web(), .web("side", env: [EnvVar(name: "PORT", value: "81")]))]
                try await node.agent(pods: pods) { try await $0.applied() }
                let before = try await node.runtime.containers(of: nil)
                try await node.agent(pods: pods) { agent in
                    try await agent.applied()
                    #expect(agent.reports().map(\.convergence) == [.applied])
                    #expect(agent.log.messages(of: "containerAdopted").count == 3)
                }
                let after = try await node.runtime.containers(of: nil)
                #expect(after == before)
            }
        }

        @Test("adopts a container by its name when another agent's start came through late")
        func nameConflict() async throws {
            try await DockerNode.with { node in
                try await node.agent { successor in
                    try await node.agent(pods: [makePod(.web())]) { try await $0.applied() }
                    let before = try await node.running()
                    await successor.reconciler.update(changed: [makePod(.web())], removed: [])
                    try await successor.applied()
                    #expect(try await node.running() == before)
                }
            }
        }

        @Test("replaces a container whose spec changed and keeps the pod's address")
        func specChange() async throws {
            try await DockerNode.with { node in
                try await node.agent(pods: [makePod(.web())]) { agent in
                    let address = try await agent.applied().state.podIP
                    let before = try await node.running()
                    let changed = Container.web(env: [EnvVar(name: "PORT", value: "8080")])
                    await agent.reconciler.update(changed: [makePod(changed, generation: 2)], removed: [])
                    #expect(try await agent.applied(generation: 2).state.podIP == address)
                    let answer = try await eventually(
                        "an answer", read: { try await node.engine.get("\(address):8080") }
                    ) {
                        $0 != nil
                    }
                    #expect(answer == "hello from web at \(address)\n")
                    let now = try await node.running()
                    #expect(now["net"] == before["net"] && now["app"] != before["app"])
                }
            }
        }

        @Test("publishes host ports on the address that was asked for")
        func hostPort() async throws {
            try await DockerNode.with { node in
                let port = ContainerPort(hostPort: 18080, containerPort: 80, hostIP: "127.0.0.1")
                try await node.agent(pods: [makePod(.web(ports: [port]))]) { agent in
                    try await agent.applied()
                    let answer = try await eventually(
                        "an answer", read: { try await node.engine.get("127.0.0.1:18080") }
                    ) {
                        $0 != nil
                    }
                    #expect(answer?.hasPrefix("hello from web") == true)
                    #expect(try await node.engine.get("198.51.100.1:18080") == nil)
                }
            }
        }

        @Test("says that a port is taken, in the engine's words, and takes it when it is free")
        func takenPort() async throws {
            try await DockerNode.with { node in
                let holder = try await node.engine.docker(
                    "run", "-d", "--label", "test=\(node.owner)", "-p", "18081:80", DockerEngine.webImage)
                let port = ContainerPort(hostPort: 18081, containerPort: 80)
                try await node.agent(pods: [makePod(.web(ports: [port]))]) { agent in
                    let report = try await agent.failed("HostPortConflict")
                    guard case .failed(_, let message, _) = report.convergence else { return }
                    #expect(message.contains("18081"))
                    try await node.engine.docker("rm", "-f", holder)
                    try await agent.applied()
                    #expect(try await node.containers(where: "label=minion.owner=\(node.owner)").count == 2)
                }
            }
        }

        @Test("containers of a pod share an emptyDir, whatever their user, and it goes with the pod")
        func emptyDir() async throws {
            try await DockerNode.with { node in
                let writer = Container.shell(
                    name: "writer", "umask 022; echo shared > /data/page; exec sleep 1000",
                    mounts: [VolumeMount(name: "data", mountPath: "/data")])
                let reader = Container.shell(
                    name: "reader", "exec httpd -f -p 80 -h /pages",
                    mounts: [VolumeMount(name: "data", readOnly: true, mountPath: "/pages")])
                let pod = makePod(writer, reader, volumes: [Volume(name: "data", source: .emptyDir)])
                try await node.agent(pods: [pod]) { agent in
                    let address = try await agent.applied().state.podIP
                    let answer = try await eventually(
                        "the page", read: { try await node.engine.get(address, path: "/page") }, until: { $0 != nil })
                    #expect(answer == "shared\n")
                    let volume = node.folder + "/pods/u1/volumes/data"
                    #expect(try await node.engine.run("stat", "-c", "%a", volume) == "777")
                    #expect(try await node.engine.run("stat", "-c", "%a", node.folder + "/pods") == "700")
                    // A link out of the volume must not lead its removal out.
                    try await node.engine.run("touch", node.folder + "/kept")
                    try await node.engine.run("ln", "-s", node.folder, volume + "/link")
                    await agent.reconciler.update(changed: [], removed: [ObjectKey(kind: .pod, name: "web")])
                    try await agent.report("removal") { $0.convergence == .removed }
                    #expect(try await node.engine.run("ls", "-A", node.folder + "/pods") == "")
                    #expect(try await node.engine.run("ls", node.folder) == "kept\npods")
                }
            }
        }

        @Test("removes a pod and leaves nothing of it")
        func removal() async throws {
            try await DockerNode.with { node in
                try await node.agent(pods: [makePod(.web())]) { agent in
                    try await agent.applied()
                    await agent.reconciler.update(changed: [], removed: [ObjectKey(kind: .pod, name: "web")])
                    try await agent.report("removal") { $0.convergence == .removed }
                    #expect(try await node.containers(where: "label=minion.owner=\(node.owner)") == [])
                }
            }
        }

        @Test("leaves alone what has ended as it may, and tells how it ended")
        func policies() async throws {
            try await DockerNode.with { node in
                let done = makePod(.shell("exit 0"), name: "done", uid: "u1", policy: .onFailure)
                let failed = makePod(.shell("exit 3"), name: "failed", uid: "u2", policy: .never)
                let again = makePod(.shell("exit 4"), name: "again", uid: "u3", policy: .onFailure)
                try await node.agent(pods: [done, failed, again]) { agent in
                    try await agent.report("end", of: "done") {
                        $0.convergence == .applied && $0.state.status == .terminated
                    }
                    let report = try await agent.failed("ContainerFailed", of: "failed")
                    guard
                        case .terminated(3, _, "Error", _, let started, let finished) = report.state.info["app"]?.state
                    else {
                        Issue.record("told \(String(describing: report.state.info["app"]))")
                        return
                    }
                    #expect(started.count == "2014-10-21T12:00:00Z".count && finished >= started)
                    try await agent.report("second crash", of: "again") { report in
                        if case .failed("CrashLoopBackOff", _, _) = report.convergence { true } else { false }
                    }
                    #expect(agent.reports("failed").last?.state.info["app"]?.restartCount == 0)
                }
            }
        }

        @Test("removes its own strays and touches nothing of anybody else's")
        func strays() async throws {
            try await DockerNode.with { node in
                let foreign = try await node.engine.docker("run", "-d", DockerEngine.webImage)
                let labelled = try await node.engine.docker(
                    "run", "-d", "--label", "minion.owner=\(node.owner)-other", "--label", "minion.pod=web",
                    DockerEngine.webImage)
                let facts = "{{.Id}} {{.State.StartedAt}} {{.State.Status}}"
                let before = try await node.engine.docker("inspect", "--format", facts, foreign, labelled)
                try await node.agent(pods: [makePod(.web())]) { try await $0.applied() }
                var limits = PodLimits()
                limits.strayGrace = .zero
                try await node.agent(limits: limits) { agent in
                    try await eventually("the end of the strays") {
                        try await node.containers(where: "label=minion.owner=\(node.owner)").isEmpty
                    }
                    try await eventually("the journal") { agent.log.messages(of: "strayRemoved").count == 2 }
                }
                #expect(try await node.engine.docker("inspect", "--format", facts, foreign, labelled) == before)
                try await node.engine.docker("rm", "-f", foreign, labelled)
            }
        }

        @Test("says that a hung engine does not answer, keeps what was told, and goes on when it does")
        func hungEngine() async throws {
            let deadlines = DockerDeadlines(
                list: .seconds(1), inspect: .seconds(1), inspectAlone: .seconds(1), run: .seconds(2))
            try await DockerNode.with(deadlines: deadlines) { node in
                try await node.agent(pods: [makePod(.web())]) { agent in
                    try await agent.applied()
                    let daemon = try node.engine.daemon()
                    kill(daemon, SIGSTOP)
                    defer { kill(daemon, SIGCONT) }
                    await agent.reconciler.update(changed: [makePod(.web(), name: "new", uid: "u2")], removed: [])
                    try await agent.failed("RuntimeUnreachable", of: "new")
                    #expect(agent.reports().last?.convergence == .applied)
                    #expect(await agent.reconciler.health.degraded.isEmpty == false)
                    kill(daemon, SIGCONT)
                    try await agent.applied("new")
                    #expect(await agent.reconciler.health.degraded == [])
                }
            }
        }
    }
}
