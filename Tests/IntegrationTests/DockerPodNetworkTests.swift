import ClusterModel
import Machine
import NodeKit
import Services
import Testing

@testable import Pods

extension DockerTests {
    /// Pods in a network of their own on a real engine, and another node's machine beside it.
    @Suite("the pod network")
    struct PodNetworkOnEngine {
        private let own: IPv4Network
        private let peers: IPv4Network

        init() throws {
            own = try #require(IPv4Network("10.244.1.0/24"))
            peers = try #require(IPv4Network("10.244.2.0/24"))
        }

        /// A machine at 192.0.2.2 on a link of its own, that has the address 10.244.2.9 as a pod would; this one is 192.0.2.1.
        private func peer(_ engine: DockerEngine) async throws -> PrivateNetwork {
            let peer = try await PrivateNetwork()
            try await engine.run("ip", "link", "add", "peer0", "type", "veth", "peer", "name", "e0", "netns", peer.path)
            try await engine.run("ip", "addr", "add", "192.0.2.1/24", "dev", "peer0")
            try await engine.run("ip", "link", "set", "peer0", "up")
            try await peer.run("ip", "addr", "add", "192.0.2.2/24", "dev", "e0")
            try await peer.run("ip", "link", "set", "e0", "up")
            try await peer.run("ip", "addr", "add", "10.244.2.9/32", "dev", "lo")
            try await peer.run("ip", "route", "add", own.description, "via", "192.0.2.1")
            return peer
        }

        private func plan() throws -> RoutePlan {
            let minions = [
                Minion(meta: ObjectMeta(name: "a", namespace: ""), hostIP: "192.0.2.1", podCIDR: own),
                Minion(meta: ObjectMeta(name: "b", namespace: ""), hostIP: "192.0.2.2", podCIDR: peers),
            ]
            let there = try #require(IPv4Address("192.0.2.2"))
            return RoutePlan(minions, nodeName: "a", paths: [there: .link(device: "peer0")])
        }

        @Test("takes what another node sends to a pod, and shows the pod's own address there and the node's elsewhere")
        func acrossNodes() async throws {
            try await DockerNode.with { node in
                let peer = try await peer(node.engine)
                let tables = IptablesFilter(.alternative, commands: node.engine.commands)
                let rules = PodRulesReconciler(tables: tables, logger: RecordingLog().logger)
                try await node.agent(pods: [makePod(.web())]) { agent in
                    try await agent.applied()
                    await agent.reconciler.join(.subnet(own))
                    let report = try await agent.report("an address of the subnet") { report in
                        report.convergence == .applied
                            && IPv4Address(report.state.podIP).map(own.contains) == true
                    }
                    let address = report.state.podIP
                    // Docker drops what it does not know.
                    let curl = ["curl", "--silent", "--max-time", "2", "http://\(address)/"]
                    let closed = try await peer.commands.run(Command(curl[0], Array(curl.dropFirst())))
                    #expect(closed.status.isSuccess == false)
                    let plan = try plan()
                    await rules.follow(plan)
                    await rules.settle()
                    #expect(
                        try await peer.run("curl", "--silent", "--max-time", "5", "http://\(address)/").contains(
                            "hello"))

                    for route in plan.routes.values {
                        let words = ["ip", "route", "replace"] + "\(route)".split(separator: " ").map(String.init)
                        _ = try await node.engine.commands.run(Command(words[0], Array(words.dropFirst())))
                    }
                    // Rules without a target count what comes: refused connections are enough.
                    for source in [address, "192.0.2.1"] {
                        try await peer.run("iptables", "-A", "INPUT", "-s", source, "-p", "tcp", "--dport", "80")
                    }
                    let app = try #require(try await node.running()["app"])
                    for target in ["10.244.2.9", "192.0.2.2"] {
                        let words = ["exec", app, "/bin/nc", "-w", "5", target, "80"]
                        _ = try await node.engine.commands.run(Command("docker", words))
                    }
                    let counts = try await peer.run("iptables", "-L", "INPUT", "-nvx").split(separator: "\n").dropFirst(
                        2
                    )
                    .compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
                    #expect(counts.count == 2 && counts.allSatisfy { $0 > 0 }, "own address, node's address: \(counts)")
                    await agent.reconciler.join(.engineDefault)
                    try await agent.report("another address") { report in
                        report.convergence == .applied
                            && IPv4Address(report.state.podIP).map(own.contains) == false
                    }
                }
                await rules.follow(RoutePlan([], nodeName: "a", paths: [:]))
                await rules.settle()
                try await node.engine.run("ip", "link", "del", "peer0")
                withExtendedLifetime(peer) {}
            }
        }

        @Test("that another network of the engine overlaps is a conflict, and that network stays")
        func overlap() async throws {
            try await DockerNode.with { node in
                let foreign = try await node.engine.docker(
                    "network", "create", "--subnet", "10.244.1.128/25", "minion-test-foreign")
                let error = await #expect(throws: RuntimeError.self) { try await node.runtime.prepare(own) }
                #expect(error?.code == .networkConflict, "\(String(describing: error))")
                #expect(
                    try await node.engine.docker("network", "ls", "--quiet", "--no-trunc", "--filter", "id=\(foreign)")
                        == foreign)
                try await node.engine.docker("network", "rm", foreign)
                try await node.runtime.prepare(own)
            }
        }
    }
}
