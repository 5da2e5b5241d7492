import ClusterModel
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
    }
}
