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
}
