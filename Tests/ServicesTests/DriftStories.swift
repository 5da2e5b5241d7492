import ClusterModel
import NodeKit
import Services
import Testing

/// What others do to our rules, and how they come back.
@Suite struct DriftStories {
    struct Drift: Sendable, CustomStringConvertible {
        var description: String
        /// What another program restores.
        var lines: [String]
        /// What the journal says of it.
        var told: String
    }

    private static let web =
        "-d 10.11.0.1/32 -p tcp -m comment --comment web -m tcp --dport 80 -j REDIRECT --to-ports 40001"

    static let drifts = [
        Drift(
            description: "chain flushed", lines: ["-F KUBE-PROXY"],
            told:
                "2 rules missing, first: -A KUBE-PROXY -d 10.11.0.2/32 -p tcp -m comment --comment api -m tcp --dport 80 "
                + "-j REDIRECT --to-ports 40002"),
        Drift(
            description: "everything deleted",
            lines: ["-D PREROUTING -j KUBE-PROXY", "-D OUTPUT -j KUBE-PROXY", "-F KUBE-PROXY", "-X KUBE-PROXY"],
            told: "chain missing; jump from PREROUTING missing; jump from OUTPUT missing; 2 rules missing, first: "
                + "-A KUBE-PROXY -d 10.11.0.2/32 -p tcp -m comment --comment api -m tcp --dport 80 "
                + "-j REDIRECT --to-ports 40002"),
        Drift(
            description: "jump deleted", lines: ["-D OUTPUT -j KUBE-PROXY"], told: "jump from OUTPUT missing"),
        Drift(
            description: "jump doubled", lines: ["-A PREROUTING -j KUBE-PROXY"], told: "jump from PREROUTING surplus"),
        Drift(
            description: "strange rule inserted", lines: ["-I KUBE-PROXY -j RETURN"],
            told: "1 strange rules, first: -j RETURN"),
        Drift(
            description: "rule without a word", lines: ["-I KUBE-PROXY"], told: "1 strange rules, first: "),
        Drift(
            description: "rule doubled", lines: ["-A KUBE-PROXY \(web)"], told: "1 strange rules, first: \(web)"),
        Drift(
            description: "rule led elsewhere",
            lines: ["-D KUBE-PROXY \(web)", "-A KUBE-PROXY \(web.dropLast(5))22"],
            told: "1 rules missing, first: -A KUBE-PROXY \(web); 1 strange rules, first: \(web.dropLast(5))22"),
    ]

    private func node() async throws -> ServiceNode {
        let node = try ServiceNode()
        try node.filter.table.restore((["*nat"] + PacketFilterCase.docker + ["COMMIT"]).joined(separator: "\n"))
        await node.begin([])
        await node.update([makeDesired(makeService("web"))])
        await node.update([makeDesired(makeService("api", "10.11.0.2"))])
        node.forget()
        return node
    }

    @Test("whatever was done to our rules is undone in one transaction, and told", arguments: drifts)
    func repairs(_ drift: Drift) async throws {
        let node = try await node()
        let before = Set(node.lines("-A"))
        try node.filter.table.restore((["*nat"] + drift.lines + ["COMMIT"]).joined(separator: "\n"))
        await node.reconciler.verify()
        #expect(Set(node.lines("-A")) == before)
        #expect(node.lines("-A").count == before.count)
        // A line that is not ours is never spelt back to the tools: the chain is made anew.
        #expect(node.filter.transactions.map(\.removed) == [[]])
        #expect(node.log.messages(of: "rulesRepaired") == ["repaired chain KUBE-PROXY: \(drift.told)"])
        #expect(node.reports.isEmpty)
        node.forget()
        await node.reconciler.verify()
        #expect(node.filter.transactions.isEmpty && node.filter.inspections == 1)
    }

    @Test("a drift is a reason to look for our chain in the other flavour")
    func asksForWarnings() async throws {
        let node = try await node()
        node.filter.warn(["the other flavour has a chain"])
        await node.reconciler.verify()
        #expect(await node.reconciler.health.degraded == [])
        try node.filter.restore("-F KUBE-PROXY")
        await node.reconciler.verify()
        #expect(await node.reconciler.health.degraded == ["the other flavour has a chain"])
        node.filter.warn([])
        await node.reconciler.verify()
        #expect(await node.reconciler.health.degraded == [])
    }

    @Test("what was done to others' rules is none of our business")
    func leavesOthers() async throws {
        let node = try await node()
        try node.filter.restore("-F DOCKER", "-A POSTROUTING -j ACCEPT", ":MINE - [0:0]", "-A MINE -j KUBE-PROXY")
        await node.reconciler.verify()
        #expect(node.filter.transactions.isEmpty && node.log.messages(of: "rulesRepaired").isEmpty)
    }

    @Test("a change that finds the chain gone puts all back, and is done itself")
    func changeFindsDrift() async throws {
        let node = try await node()
        try node.filter.restore(
            "-D PREROUTING -j KUBE-PROXY", "-D OUTPUT -j KUBE-PROXY", "-F KUBE-PROXY", "-X KUBE-PROXY")
        await node.update([makeDesired(makeService("new", "10.11.0.3"))])
        #expect(node.rules.count == 3 && node.last("new")?.convergence == .applied)
        #expect(node.log.messages(of: "rulesRepaired").count == 1)
        #expect(node.violations == [])
    }

    @Test("a removal that finds its rule gone is a removal done")
    func removalFindsDrift() async throws {
        let node = try await node()
        try node.filter.restore("-F KUBE-PROXY")
        await node.update(removed: [makeKey("web")])
        #expect(node.last("web")?.convergence == .removed)
        #expect(node.rules == ["api 10.11.0.2:80>40002"])
    }

    @Test("the kernel is compared every four seconds, and repaired")
    func verifiesByTheClock() async throws {
        let node = try await node()
        try await node.running {
            try node.filter.restore("-F KUBE-PROXY")
            try await node.pass(seconds: 3)
            #expect(node.filter.inspections == 0 && node.rules.isEmpty)
            try await node.pass(seconds: 1)
            #expect(node.filter.inspections == 1 && node.rules.count == 2)
            try await node.pass(seconds: 4)
            #expect(node.filter.inspections == 2 && node.filter.transactions.count == 1)
        }
        #expect(node.clock.sleeperCount == 0)
    }

    @Test("a comparison that falls due during a change follows it")
    func verifiesAfterChange() async throws {
        let node = try await node()
        try await node.running {
            node.filter.hold()
            await node.reconciler.update(changed: [makeDesired(makeService("new", "10.11.0.3"))], removed: [])
            try await eventually("the transaction is held") { node.filter.heldCount == 1 }
            node.clock.advance(by: .seconds(5))
            try await eventually("the loop sleeps again") { node.clock.sleeperCount == 1 }
            #expect(node.filter.inspections == 0)
            node.filter.release()
            await node.reconciler.settle()
            #expect(node.filter.inspections == 1 && node.rules.count == 3)
        }
    }

    @Test("the state of the whole tells what is wrong, and how long ago the last look at the kernel was")
    func health() async throws {
        let node = try ServiceNode()
        #expect(await node.reconciler.health.sinceLastPass == nil)
        node.filter.warn(["something is odd"])
        await node.begin([makeService("web"), makeService("dns", "10.11.0.3", transport: .udp)])
        node.clock.advance(by: .seconds(3))
        #expect(
            await node.reconciler.health
                == ServiceHealth(
                    degraded: [
                        "service default/dns failed: UDP services are not proxied yet", "something is odd",
                    ], sinceLastPass: .seconds(3)))
        node.filter.breakDown(FilterError(code: .failed, message: "broken"))
        node.filter.warn([])
        await node.reconciler.verify()
        let health = await node.reconciler.health
        #expect(health.sinceLastPass == .zero, "a bad look is one too")
        #expect(
            health.degraded == [
                "packet filter: broken", "service default/dns failed: UDP services are not proxied yet",
            ])
    }
}
