import ClusterModel
import NodeKit
import Testing

@testable import Pods

@Suite("The pod reconciler and what it must not touch")
struct PodReconcilerRestraintTests {
    @Test("ends nothing before the picture is complete, starts what is missing, then does the rest")
    func incomplete() async throws {
        let first = ReconcilerFixture()
        try await first.start([makePod(), makePod("stray", uid: "u2")])
        await first.stop()
        let second = ReconcilerFixture(fake: first.fake)
        second.fake.addImages("img:2")
        let changed = makePod(generation: 2, containers: [Container(name: "app", image: "img:2")])
        try await second.start([changed, makePod("new", uid: "u3")], complete: false)
        #expect(second.convergence("new") == .applied)
        #expect(second.convergence() == .pending)
        #expect(second.running("stray").count == 2)
        #expect(second.fake.signals == [])
        let told = second.reports.about("new").count

        await second.reconciler.becomeComplete()
        try await second.drive("the change") { second.convergence() == .applied }
        #expect(second.running("stray").count == 2, "within its grace")
        try await second.drive("the end of the stray") { second.running("stray").isEmpty }
        #expect(second.clock.now.offset >= .seconds(30))
        try await second.await("the journal") { second.log.messages(of: "strayRemoved").count == 2 }
        #expect(second.reports.about("stray").isEmpty, "the agent knows nothing of it")
        #expect(second.reports.about("new").count == told, "looked at again, and not told again")
    }

    @Test("a stray that is wanted after all within its grace is adopted")
    func reclaimedStray() async throws {
        let first = ReconcilerFixture()
        try await first.start([makePod()])
        let before = first.fake.everything
        await first.stop()
        let second = ReconcilerFixture(fake: first.fake)
        try await second.start([])
        await second.update(makePod())
        #expect(second.convergence() == .applied)
        second.clock.advance(by: .seconds(60))
        await second.reconciler.settle()
        #expect(second.fake.everything == before)
    }

    @Test("another agent's containers are left alone")
    func neighbour() async throws {
        let other = FakeRuntime(owner: "other")
        let first = ReconcilerFixture(fake: other)
        try await first.start([makePod()])
        let before = other.everything
        let second = ReconcilerFixture(fake: other.neighbour(owner: "mine"))
        try await second.start([])
        second.clock.advance(by: .seconds(60))
        await second.reconciler.compare()
        await second.reconciler.settle()
        #expect(other.everything == before)
    }

    @Test(
        "refuses what the node may not or cannot run, with the reason",
        arguments: [
            ("PrivilegedNotAllowed", makePod(containers: [Container(name: "app", image: "img", privileged: true)])),
            (
                "UnsupportedVolume",
                makePod(volumes: [
                    Volume(
                        name: "v", source: .persistentDisk(pdName: "d", fsType: "ext4", partition: 0, readOnly: false))
                ])
            ),
            (
                "UnsupportedVolume",
                makePod(volumes: [Volume(name: "v", source: .gitRepo(repository: "r", revision: ""))])
            ),
            ("ReservedContainerName", makePod(containers: [Container(name: "net", image: "img")])),
            ("InvalidVolume", makePod(volumes: [Volume(name: "v", source: .hostDir(path: "relative"))])),
        ])
    func obstacles(_ reason: String, _ pod: DesiredPod) async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([pod])
        #expect(fixture.reason() == reason)
        #expect(fixture.fake.everything.isEmpty)
    }

    @Test("runs privileged where the node allows it")
    func privileged() async throws {
        let fixture = ReconcilerFixture(allowPrivileged: true)
        try await fixture.start([makePod(containers: [Container(name: "app", image: "img", privileged: true)])])
        #expect(fixture.convergence() == .applied)
        #expect(fixture.fake.specs.map(\.privileged) == [false, true])
    }

    @Test("says once per pod which fields it does not act on")
    func unsupportedFields() async throws {
        let fixture = ReconcilerFixture()
        let probe = LivenessProbe(check: .tcpSocket(port: .number(80)))
        let pod = makePod(containers: [Container(name: "app", image: "img", livenessProbe: probe)])
        try await fixture.start([pod])
        var changed = pod
        changed.generation = 2
        await fixture.update(changed)
        #expect(fixture.log.messages(with: "livenessProbe").count == 1)
        #expect(fixture.convergence() == .applied)
    }
}
