import ClusterModel
import NodeKit
import Testing

@testable import Pods

@Suite("The pod reconciler, when a pod changes while something is under way")
struct PodReconcilerChangeTests {
    @Test("an image that was missing is not held against the image wanted now")
    func lateRefusal() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.fake.inject(.hangs, into: .run)
        await fixture.reconciler.update(
            changed: [makePod(generation: 2, containers: [Container(name: "app", image: "img:2")])], removed: [])
        try await fixture.await("the start of the missing image") { fixture.fake.hanging == 1 }
        fixture.fake.addImages("img:3")
        await fixture.reconciler.update(
            changed: [makePod(generation: 3, containers: [Container(name: "app", image: "img:3")])], removed: [])
        fixture.fake.release()
        try await fixture.drive("the pod") { fixture.last()?.generation == 3 && fixture.convergence() == .applied }
        #expect(!fixture.fake.calls.contains(.fetch))
    }

    @Test("a start that is answered after another incarnation was wanted is no start of that one")
    func lateStartOfOther() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.crash("app")
        try await fixture.await("the crash") { fixture.reason() != nil }
        fixture.fake.inject(.answersLate, into: .run)
        try await fixture.drive("the restart") { fixture.fake.hanging == 1 }
        await fixture.reconciler.update(changed: [makePod(uid: "u2", generation: 2)], removed: [])
        fixture.fake.release()
        try await fixture.drive("the other pod") { fixture.last()?.uid == "u2" && fixture.convergence() == .applied }
        #expect(fixture.last()?.state.info["app"]?.restartCount == 0)
    }

    @Test("the number of a start that is answered late is not given twice")
    func lateStartOfSame() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.addImages("img:2")
        try await fixture.start([makePod()])
        fixture.crash("app")
        try await fixture.await("the crash") { fixture.reason() != nil }
        fixture.fake.inject(.answersLate, into: .run)
        try await fixture.drive("the restart") { fixture.fake.hanging == 1 }
        let changed = makePod(generation: 2, containers: [Container(name: "app", image: "img:2")])
        await fixture.reconciler.update(changed: [changed], removed: [])
        for instance in fixture.fake.running("app", of: "web") { fixture.fake.vanish(instance.id) }
        fixture.fake.release()
        try await fixture.drive("the pod") { fixture.last()?.generation == 2 && fixture.convergence() == .applied }
        #expect(fixture.last()?.state.info["app"]?.restartCount == 2)
    }

    @Test(
        "a pod that is wanted again during its own removal runs again, whatever its restart policy",
        arguments: [RestartPolicy.onFailure, .never])
    func wantedAgain(policy: RestartPolicy) async throws {
        let fixture = ReconcilerFixture()
        let deaf = Container(name: "deaf", image: "img", command: ["trap '' TERM; work"])
        let containers = [Container(name: "app", image: "img"), deaf]
        try await fixture.start([makePod(policy: policy, containers: containers)])
        let before = fixture.running()
        await fixture.update(removed: "web", generation: 2)
        #expect(fixture.running()["app"] == nil)
        #expect(fixture.running()["deaf"] != nil, "within its grace")
        await fixture.update(makePod(generation: 3, policy: policy, containers: containers))
        fixture.crash("deaf", code: 0)
        try await fixture.await("both containers") {
            let now = fixture.running()
            return [now["app"], now["deaf"]].allSatisfy { $0 != nil } && now["deaf"] != before["deaf"]
        }
        try await fixture.await("the report") { fixture.convergence() == .applied }
    }

    @Test("a container that had ended by itself is not run again because its pod is named again during its removal")
    func endedBefore() async throws {
        let fixture = ReconcilerFixture()
        let deaf = Container(name: "deaf", image: "img", command: ["trap '' TERM; work"])
        let containers = [Container(name: "job", image: "img", command: ["exit 0"]), deaf]
        try await fixture.start([makePod(policy: .never, containers: containers)])
        await fixture.update(removed: "web", generation: 2)
        await fixture.update(makePod(generation: 3, policy: .never, containers: containers))
        #expect(fixture.convergence() == .applied)
        #expect(fixture.fake.specs.filter { $0.labels.container == "job" }.count == 1)
    }

    @Test("a stray that is wanted after all goes on counting its instances")
    func reclaimedCount() async throws {
        let first = try await ReconcilerFixture.stoppedAfterRestart()
        let second = ReconcilerFixture(fake: first.fake)
        try await second.start([])
        await second.update(makePod())
        #expect(second.last()?.state.info["app"]?.restartCount == 1)
    }
}
