import ClusterModel
import NodeKit
import Services
import Testing

@Suite("The keeper of the pod network's rules")
struct PodRulesReconcilerTests {
    private let tables = FakeFilterTables()
    private let clock = ManualClock()
    private let log = RecordingLog()

    private var reconciler: PodRulesReconciler {
        PodRulesReconciler(tables: tables, clock: clock, logger: log.logger)
    }

    private func plan(_ cidr: String?, peers: [String] = [], isComplete: Bool = true) -> RoutePlan {
        let own = cidr.map { [minion("a", $0)] } ?? []
        let others = peers.enumerated().map {
            minion("peer\($0.offset)", $0.element, hostIP: "10.0.0.\($0.offset + 2)")
        }
        return RoutePlan(own + others, nodeName: "a", paths: [:], isComplete: isComplete)
    }

    private let masquerade = [
        "-A POSTROUTING -j MINION-MASQ", "-A MINION-MASQ -s 10.244.1.0/24 -d 10.244.1.0/24 -j RETURN",
        "-A MINION-MASQ -s 10.244.1.0/24 -d 10.244.1.0/24 -j ACCEPT", "-A MINION-MASQ -s 10.244.1.0/24 -j MASQUERADE",
    ]
    private let forward = ["-A FORWARD -j MINION-FORWARD", "-A MINION-FORWARD -d 10.244.1.0/24 -j ACCEPT"]

    private func follow(_ reconciler: PodRulesReconciler, _ plan: RoutePlan) async {
        await reconciler.follow(plan)
        await reconciler.settle()
    }

    /// Lets one interval pass, and waits until the next begins.
    private func round(_ reconciler: PodRulesReconciler) async throws {
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        clock.advance(by: PodRulesReconciler.interval)
        try await eventually("it sleeps again") { clock.sleeperCount == 1 }
        await reconciler.settle()
    }

    @Test("makes both chains, and changes them with the networks")
    func networks() async throws {
        try tables.edit("filter", ":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN")
        let reconciler = reconciler
        await follow(reconciler, plan("10.244.1.0/24"))
        #expect(tables.rules("nat") == masquerade)
        #expect(
            tables.rules("filter") == ["-A FORWARD -j DOCKER-USER", forward[0], "-A DOCKER-USER -j RETURN", forward[1]])
        await follow(reconciler, plan("10.244.1.0/24", peers: ["10.244.2.0/24"]))
        #expect(tables.rules("nat").contains("-A MINION-MASQ -s 10.244.1.0/24 -d 10.244.2.0/24 -j ACCEPT"))
        #expect(await reconciler.degraded == [])
    }

    @Test("repairs what others did, and says so once")
    func repair() async throws {
        let reconciler = reconciler
        await follow(reconciler, plan("10.244.1.0/24"))
        let running = Task { await reconciler.run() }
        try tables.edit("nat", "-F MINION-MASQ", "-A POSTROUTING -j MASQUERADE")
        try tables.edit("filter", "-D FORWARD -j MINION-FORWARD")
        try await round(reconciler)
        #expect(tables.rules("nat") == [masquerade[0], "-A POSTROUTING -j MASQUERADE"] + masquerade.dropFirst())
        #expect(tables.rules("filter") == forward)
        try await round(reconciler)
        #expect(log.messages(of: "rulesRepaired").count == 2)
        running.cancel()
        await running.value
    }

    @Test("takes them away when the node has no subnet any more, and then runs no command")
    func removal() async throws {
        let reconciler = reconciler
        await follow(reconciler, plan("10.244.1.0/24"))
        await follow(reconciler, plan(nil))
        #expect(tables.rules("nat") == [] && tables.rules("filter") == [])
        let calls = tables.calls
        let running = Task { await reconciler.run() }
        try await round(reconciler)
        try await round(reconciler)
        #expect(tables.calls == calls)
        running.cancel()
        await running.value
    }

    @Test("leaves those of an earlier run until every entry is known")
    func incomplete() async throws {
        await follow(reconciler, plan("10.244.1.0/24"))
        let next = reconciler
        await follow(next, plan(nil, isComplete: false))
        #expect(tables.rules("nat") == masquerade && tables.rules("filter") == forward)
        await follow(next, plan(nil))
        #expect(tables.rules("nat") == [] && tables.rules("filter") == [])
    }

    @Test("complains while the tables fail, and only where the rules are missed")
    func failure() async throws {
        tables.fail(with: FilterError(code: .notInstalled, message: "iptables-save is not installed"))
        let reconciler = reconciler
        await follow(reconciler, plan(nil))
        #expect(await reconciler.degraded == [])
        await follow(reconciler, plan("10.244.1.0/24"))
        #expect(
            await reconciler.degraded
                == ["rules of the pod network cannot be made: iptables-save is not installed"])
        tables.fail(with: nil)
        let running = Task { await reconciler.run() }
        try await round(reconciler)
        #expect(tables.rules("nat") == masquerade)
        #expect(await reconciler.degraded == [])
        running.cancel()
        await running.value
    }
}
