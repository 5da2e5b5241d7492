import ClusterModel
import Glibc
import NodeKit
import Testing

@testable import Pods

extension DockerTests {
    @Suite("the reconciler and what is around it")
    struct Surroundings {
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
                    let incarnation = PodIncarnation(key: pod.pod.key, uid: pod.uid)
                    let volume = node.folder + "/pods/\(ContainerNames.folder(of: incarnation))/volumes/data"
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
