import ClusterModel
import NodeKit
import Services
import Synchronization
import Testing

@Suite struct RouteReconcilerTests {
    private let table = FakeRouteTable()
    private let clock = ManualClock()
    private let log = RecordingLog()
    private let reports = Reports()

    /// The newest report of each entry, and every network that was handed on.
    private final class Reports: Sendable {
        let newest = Mutex<[String: Convergence]>([:])
        let networks = Mutex<[String?]>([])

        subscript(name: String) -> Convergence? { newest.withLock { $0[name] } }
    }

    private func reconciler(isEnabled: Bool = true) -> RouteReconciler {
        RouteReconciler(
            table: table, nodeName: "a", isEnabled: isEnabled, clock: clock,
            report: { [reports] report in reports.newest.withLock { $0[report.key.name] = report.convergence } },
            onNetwork: { [reports] plan in
                guard plan.isDecided else { return }
                reports.networks.withLock { $0.append(plan.ownNetwork?.description) }
            },
            logger: log.logger)
    }

    private var own: DesiredMinion { DesiredMinion(minion: minion("a", "10.244.1.0/24"), generation: 1) }

    private func peer(_ address: String = "10.0.0.2") -> DesiredMinion {
        DesiredMinion(minion: minion("b", "10.244.2.0/24", hostIP: address), generation: 2)
    }

    private func onLink(_ text: String) throws { table.reach(try address(text), by: .link(device: "eth0")) }

    @Test func aPeerGetsARouteAndIsReported() async throws {
        try onLink("10.0.0.2")
        let reconciler = reconciler()
        await reconciler.begin(minions: [own, peer()], complete: true)
        await reconciler.settle()
        #expect(table.held == [try peerRoute("10.244.2.0/24", via: "10.0.0.2")])
        #expect(reports["a"] == .applied && reports["b"] == .applied)
        #expect(reports.networks.withLock { $0 } == ["10.244.1.0/24"])
        #expect(await reconciler.degraded == [])
    }

    @Test func aPeerThatMovesOrGoesTakesItsRouteAlong() async throws {
        try onLink("10.0.0.2")
        try onLink("10.0.0.3")
        let reconciler = reconciler()
        await reconciler.begin(minions: [own, peer()], complete: true)
        await reconciler.settle()
        await reconciler.update(changed: [peer("10.0.0.3")], removed: [], generation: 3)
        await reconciler.settle()
        #expect(table.held == [try peerRoute("10.244.2.0/24", via: "10.0.0.3")])
        await reconciler.update(changed: [], removed: [peer().minion.key], generation: 4)
        await reconciler.settle()
        #expect(table.held == [])
        #expect(reports["b"] == .removed)
    }

    @Test func whatTheKernelDropsComesBackWithTheNextComparison() async throws {
        try onLink("10.0.0.2")
        let reconciler = reconciler()
        await reconciler.begin(minions: [own, peer()], complete: true)
        await reconciler.settle()
        let running = Task { await reconciler.run() }
        table.dropAll()
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        clock.advance(by: RouteReconciler.interval)
        try await eventually("the route is back") { table.held.count == 1 }
        running.cancel()
        await running.value
    }

    @Test func aForeignRouteStaysAndThePeerIsToldOf() async throws {
        try onLink("10.0.0.2")
        table.addForeign(try #require(IPv4Network("10.244.2.0/24")))
        let reconciler = reconciler()
        await reconciler.begin(minions: [own, peer()], complete: true)
        await reconciler.settle()
        #expect(table.held == [])
        guard case .failed("RouteRefused", let message, RouteReconciler.interval)? = reports["b"] else {
            Issue.record("reported: \(String(describing: reports["b"]))")
            return
        }
        #expect(message.contains("File exists"))
        #expect(await reconciler.degraded.first?.hasPrefix("1 peers have no route, b: ") == true)
    }

    @Test func routesOfAnEarlierRunStayUntilThePictureIsComplete() async throws {
        let earlier = try peerRoute("10.244.9.0/24", via: "10.0.0.9")
        table.hold(earlier)
        let reconciler = reconciler()
        await reconciler.begin(minions: [own], complete: false)
        await reconciler.settle()
        #expect(table.held == [earlier])
        await reconciler.becomeComplete()
        await reconciler.settle()
        #expect(table.held == [])
    }

    @Test func anUnreadableTableFailsThePeersAndStillTellsTheOwnNetwork() async throws {
        table.fail(with: RouteError(.notInstalled, "ip is not installed"))
        let reconciler = reconciler()
        await reconciler.begin(minions: [own, peer()], complete: true)
        await reconciler.settle()
        #expect(
            reports["b"]
                == .failed(
                    reason: "RoutesNotInstalled", message: "ip is not installed", retryIn: RouteReconciler.interval))
        #expect(reports.networks.withLock { $0 } == ["10.244.1.0/24"])
        #expect(await reconciler.degraded == ["routes to peers cannot be made: ip is not installed"])
    }

    @Test func ownAddressesThatNobodyKnowsLeaveTheNetworkUntold() async throws {
        table.fail(with: RouteError(.timedOut, "ip did not end"))
        let byAddress = DesiredMinion(minion: minion("10.0.0.1", "10.244.1.0/24"), generation: 1)
        let reconciler = reconciler()
        await reconciler.begin(minions: [byAddress], complete: true)
        await reconciler.settle()
        #expect(reports.networks.withLock { $0 } == [])
        table.fail(with: nil)
        table.reach(try address("10.0.0.1"), by: .local)
        await reconciler.update(changed: [peer()], removed: [], generation: 2)
        await reconciler.settle()
        #expect(reports.networks.withLock { $0 } == ["10.244.1.0/24"])
    }

    @Test func theOwnNetworkStaysWhileTheAddressIsAway() async throws {
        let mine = try address("10.0.0.1")
        let byAddress = DesiredMinion(minion: minion("10.0.0.1", "10.244.1.0/24"), generation: 1)
        table.reach(mine, by: .local)
        let reconciler = reconciler()
        await reconciler.begin(minions: [byAddress, peer()], complete: true)
        await reconciler.settle()
        let running = Task { await reconciler.run() }
        for path in [
            NetworkPath.unreachable("Network is unreachable"), .routed(via: try address("10.0.0.254")), .local,
        ] {
            table.reach(mine, by: path)
            for _ in 0..<10 { try await round() }
        }
        #expect(reports.networks.withLock { $0 } == ["10.244.1.0/24"])
        await reconciler.update(changed: [], removed: [byAddress.minion.key], generation: 2)
        await reconciler.settle()
        #expect(reports.networks.withLock { $0 } == ["10.244.1.0/24", nil])
        running.cancel()
        await running.value
    }

    /// Lets one interval pass, and waits until the next begins.
    private func round() async throws {
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        clock.advance(by: RouteReconciler.interval)
        try await eventually("it sleeps again") { clock.sleeperCount == 1 }
    }

    /// What is known of the entries when nothing tells this node's own.
    enum Doubt: CaseIterable { case peersAlone, entriesMayBeMissing }

    @Test(arguments: Doubt.allCases)
    func aNodeInNoEntryIsToldSoAfterABound(doubt: Doubt) async throws {
        try onLink("10.0.0.2")
        let reconciler = reconciler()
        await reconciler.begin(minions: doubt == .peersAlone ? [peer()] : [], complete: doubt == .peersAlone)
        await reconciler.settle()
        let start = clock.now
        let running = Task { await reconciler.run() }
        while reports.networks.withLock({ $0.isEmpty }), start.duration(to: clock.now) < RouteReconciler.patience * 2 {
            try await round()
            await reconciler.settle()
        }
        #expect(start.duration(to: clock.now) == RouteReconciler.patience)
        #expect(reports.networks.withLock { $0 } == [nil])
        #expect(log.messages(with: "no Minion entry is this node's").count == 1)
        running.cancel()
        await running.value
    }

    @Test func anAddressThatComesLateIsWaitedFor() async throws {
        let byAddress = DesiredMinion(minion: minion("10.0.0.1", "10.244.1.0/24"), generation: 1)
        let reconciler = reconciler()
        await reconciler.begin(minions: [byAddress, peer()], complete: true)
        await reconciler.settle()
        let running = Task { await reconciler.run() }
        for _ in 0..<3 { try await round() }
        table.reach(try address("10.0.0.1"), by: .local)
        try await round()
        try await eventually("it is known") { reports.networks.withLock { $0 } == ["10.244.1.0/24"] }
        running.cancel()
        await running.value
    }

    @Test func aNodeWithoutEntriesLooksOnceAndComplainsOfNothing() async throws {
        let reconciler = reconciler()
        await reconciler.begin(minions: [], complete: true)
        await reconciler.settle()
        let calls = table.calls
        let running = Task { await reconciler.run() }
        for round in 1...3 {
            try await eventually("it sleeps") { clock.sleeperCount == 1 }
            clock.advance(by: RouteReconciler.interval)
            try await eventually("round \(round)") { clock.sleeperCount == 1 }
        }
        #expect(table.calls == calls)
        running.cancel()
        await running.value
    }

    @Test func turnedOffItMakesNothingAndTakesItsOwnAway() async throws {
        try onLink("10.0.0.2")
        table.hold(try peerRoute("10.244.2.0/24", via: "10.0.0.2"))
        let reconciler = reconciler(isEnabled: false)
        await reconciler.begin(minions: [own, peer()], complete: true)
        await reconciler.settle()
        #expect(table.held == [])
        #expect(reports["a"] == .applied && reports["b"] == .applied)
        #expect(reports.networks.withLock { $0 }.allSatisfy { $0 == nil })
    }
}
