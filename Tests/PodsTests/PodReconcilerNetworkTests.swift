import ClusterModel
import NodeKit
import Testing

@testable import Pods

@Suite("The network pods live in")
struct PodReconcilerNetworkTests {
    private let first: IPv4Network
    private let second: IPv4Network

    init() throws {
        first = try #require(IPv4Network("10.244.1.0/24"))
        second = try #require(IPv4Network("10.244.2.0/24"))
    }

    private func address(_ fixture: ReconcilerFixture) -> IPv4Address? {
        fixture.last().flatMap { IPv4Address($0.state.podIP) }
    }

    @Test("a pod is started in the network that is known, and not rebuilt when it is named again")
    func known() async throws {
        let fixture = ReconcilerFixture(network: .subnet(first))
        try await fixture.start([makePod()])
        #expect(fixture.convergence() == .applied)
        #expect(address(fixture).map(first.contains) == true)
        let running = fixture.running()
        await fixture.reconciler.join(.subnet(first))
        await fixture.reconciler.settle()
        #expect(fixture.running() == running)
    }

    @Test("a pod of the default network is rebuilt when the node gets a subnet, and when it loses it")
    func moves() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        #expect(address(fixture).map(first.contains) == false)
        let before = fixture.running()
        await fixture.reconciler.join(.subnet(first))
        try await fixture.drive("the pod is in its subnet") {
            address(fixture).map(first.contains) == true && fixture.convergence() == .applied
        }
        #expect(fixture.running().keys == before.keys)
        #expect(Set(fixture.running().values).isDisjoint(with: before.values))
        await fixture.reconciler.join(.engineDefault)
        try await fixture.drive("the pod is in the default network") {
            address(fixture).map(first.contains) == false && fixture.convergence() == .applied
        }
    }

    @Test("another subnet waits for the last pod of the former one, then all are in it")
    func anotherSubnet() async throws {
        let fixture = ReconcilerFixture(network: .subnet(first))
        let deaf = Container(name: "app", image: "img", command: ["trap '' TERM"])
        try await fixture.start([makePod(), makePod("slow", containers: [deaf])])
        #expect(fixture.convergence("slow") == .applied)
        await fixture.reconciler.join(.subnet(second))
        try await fixture.drive("one pod waits for the other") { fixture.reason() == "PodNetworkInUse" }
        try await fixture.drive("both are as wanted") {
            fixture.convergence() == .applied && fixture.convergence("slow") == .applied
        }
        #expect(fixture.fake.subnet == second)
        for name in ["web", "slow"] {
            #expect(fixture.last(name).flatMap { IPv4Address($0.state.podIP) }.map(second.contains) == true)
        }
    }

    @Test("until it is known nothing is started, what runs stays, and what is unwanted goes")
    func undecided() async throws {
        let before = ReconcilerFixture(network: .subnet(first))
        try await before.start([makePod(), makePod("old")])
        await before.stop()
        let fixture = ReconcilerFixture(fake: before.fake, network: .undecided)
        try await fixture.start([makePod(), makePod("old"), makePod("new")])
        #expect(fixture.running() == before.running())
        #expect(fixture.last()?.state.status == .running)
        #expect(fixture.reason("new") == "PodNetworkUnknown")
        await fixture.update(removed: "old", generation: 2)
        try await fixture.drive("the unwanted pod is gone") { fixture.convergence("old") == .removed }
        await fixture.reconciler.join(.subnet(first))
        try await fixture.drive("the new pod runs") { fixture.convergence("new") == .applied }
        #expect(fixture.running() == before.running())
        #expect(fixture.convergence() == .applied)
    }

    @Test("a network in the way is told before the first pod comes, fails the pods, and is tried again")
    func conflict() async throws {
        let fixture = ReconcilerFixture(network: .undecided)
        let stranger = fixture.fake.neighbour(owner: "stranger")
        stranger.subnet = first
        try await fixture.start()
        await fixture.reconciler.join(.subnet(first))
        try await fixture.drive("the conflict is told") { await !fixture.reconciler.health.degraded.isEmpty }
        #expect(await fixture.reconciler.health.degraded.first?.contains("not this agent's") == true)
        await fixture.update(makePod())
        #expect(fixture.reason() == "PodNetworkConflict")
        stranger.subnet = nil
        try await fixture.drive("all is well") {
            let isWell = await fixture.reconciler.health.degraded.isEmpty
            return isWell && fixture.convergence() == .applied
        }
        #expect(fixture.fake.subnet == first)
    }

    @Test(
        "what is wrong with a network that is there is told once, keeps no pod waiting, and is told until it is mended")
    func warning() async throws {
        let fixture = ReconcilerFixture(network: .undecided)
        fixture.fake.warning = "closed to others"
        try await fixture.start([makePod()])
        await fixture.reconciler.join(.subnet(first))
        try await fixture.drive("it is told") { await fixture.reconciler.health.degraded == ["closed to others"] }
        try await fixture.drive("the pod runs") { fixture.convergence() == .applied }
        let looks = fixture.fake.calls.filter { $0 == .networkWarning }.count
        try await fixture.drive("it is looked at again") {
            fixture.fake.calls.filter { $0 == .networkWarning }.count > looks
        }
        #expect(await fixture.reconciler.health.degraded == ["closed to others"])
        #expect(fixture.log.messages(with: "closed to others").count == 1)
        fixture.fake.warning = nil
        try await fixture.drive("all is well") { await fixture.reconciler.health.degraded.isEmpty }
    }

    @Test("a network that was well is looked at again when another engine may have taken over")
    func warningAfterUpgrade() async throws {
        let fixture = ReconcilerFixture(network: .undecided)
        try await fixture.start([makePod()])
        await fixture.reconciler.join(.subnet(first))
        try await fixture.drive("the pod runs") { fixture.convergence() == .applied }
        try await fixture.drive("it is well") { await !fixture.reconciler.isNetworkDue }
        fixture.fake.setDown(true)
        fixture.fake.warning = "closed to others"
        try await fixture.drive("the engine is away") { await fixture.reconciler.engine.failures > 0 }
        fixture.fake.setDown(false)
        try await fixture.drive("it is told") {
            await fixture.reconciler.health.degraded.contains("closed to others")
        }
    }

    @Test("a start that is under way when the network changes does not go on in the former one")
    func changeDuringStart() async throws {
        let fixture = ReconcilerFixture(network: .subnet(first))
        try await fixture.start()
        fixture.fake.inject(.answersLate, into: .run)
        await fixture.reconciler.update(changed: [makePod()], removed: [])
        try await eventually("the start is under way") { fixture.fake.hanging == 1 }
        await fixture.reconciler.join(.subnet(second))
        fixture.fake.release()
        try await fixture.drive("the pod is in its network") {
            address(fixture).map(second.contains) == true && fixture.convergence() == .applied
        }
        #expect(fixture.fake.specs.filter { $0.labels.container == "app" }.count == 1)
    }

    @Test("a refusal of the former network is not held against the new one")
    func refusalOfTheFormer() async throws {
        let fixture = ReconcilerFixture(network: .subnet(first))
        try await fixture.start()
        fixture.fake.inject(.hangs, into: .prepare)
        fixture.fake.neighbour(owner: "stranger").subnet = first
        await fixture.reconciler.update(changed: [makePod()], removed: [])
        try await eventually("the start is under way") { fixture.fake.hanging == 1 }
        await fixture.reconciler.join(.engineDefault)
        fixture.fake.release()
        try await fixture.drive("the pod runs") { fixture.convergence() == .applied }
        let failures = fixture.reports.about("web").filter { report in
            if case .failed = report.convergence { true } else { false }
        }
        #expect(failures.isEmpty)
    }

    @Test("who waited for a turn at the engine does not make the former network again")
    func staleTurn() async throws {
        var limits = PodLimits()
        limits.parallelCalls = 1
        let fixture = ReconcilerFixture(limits: limits, network: .subnet(first))
        try await fixture.start()
        fixture.fake.inject(.hangs, into: .prepare)
        await fixture.reconciler.update(changed: [makePod("slow")], removed: [])
        try await eventually("the engine is busy") { fixture.fake.hanging == 1 }
        let sleepers = fixture.clock.sleeperCount
        await fixture.reconciler.update(changed: [makePod()], removed: [])
        try await eventually("the other waits") { fixture.clock.sleeperCount > sleepers }
        await fixture.reconciler.join(.subnet(second))
        fixture.fake.release()
        try await fixture.drive("the pod runs") { fixture.convergence() == .applied }
        let networks = fixture.fake.specs.filter { $0.labels.isNetwork && $0.labels.pod == "web" }.map(\.network)
        #expect(networks == [.own(hostname: "web", ports: [], subnet: second)])
    }

    @Test("who waits for the former network to be free is started with it, and not when its back-off ends")
    func freed() async throws {
        let fixture = ReconcilerFixture(network: .subnet(first))
        try await fixture.start([makePod("stray")], complete: false)
        await fixture.reconciler.join(.subnet(second))
        await fixture.update(makePod())
        #expect(fixture.reason() == "PodNetworkInUse")
        // Six refusals in a row: the next try is a minute away.
        try await fixture.drive("a long back-off") {
            guard case .failed(_, _, let retryIn?) = fixture.convergence() else { return false }
            return retryIn > .seconds(30)
        }
        let before = fixture.clock.now
        for container in fixture.fake.everything { fixture.fake.vanish(container.id) }
        try await fixture.drive("the pod runs") { fixture.convergence() == .applied }
        #expect(before.duration(to: fixture.clock.now) < .seconds(15))
    }

    @Test("an engine that does not answer is not asked for the network, and one that is slow is no conflict")
    func silentEngine() async throws {
        let fixture = ReconcilerFixture(network: .undecided)
        try await fixture.start()
        fixture.fake.setDown(true)
        await fixture.reconciler.join(.subnet(first))
        try await fixture.drive("it is missed") { !fixture.log.messages(with: "does not answer").isEmpty }
        #expect(!fixture.fake.calls.contains(.prepare))
        fixture.fake.inject(.fails(RuntimeError(.deadlineExceeded, "docker did not end")), into: .prepare)
        fixture.fake.setDown(false)
        try await fixture.drive("the network is there") { fixture.fake.subnet == first }
        #expect(fixture.fake.calls.filter { $0 == .prepare }.count == 2)
        #expect(fixture.log.messages(with: "docker did not end") == [])
    }
}
