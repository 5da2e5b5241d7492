import ClusterModel
import NodeKit
import Testing

@testable import Pods

@Suite("The pod reconciler and images")
struct PodReconcilerImageTests {
    @Test("brings an image that is not there, and says why it cannot")
    func pull() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod(containers: [Container(name: "app", image: "far/away:1")])])
        try await fixture.await("the failure") { fixture.reason() == "ErrImagePull" }
        #expect(fixture.last()?.state.info["app"]?.state == .waiting(reason: "ErrImagePull"))
        #expect(fixture.last()?.state.message == "app: no registry has far/away:1")
        let words = "pod default/web failed: ErrImagePull: "
        #expect(await fixture.reconciler.health.degraded.filter { $0.hasPrefix(words) }.count == 1)
        fixture.fake.addToRegistry("far/away:1")
        try await fixture.drive("the pod") { fixture.convergence() == .applied }
        #expect(fixture.log.messages(of: "imagePullFailed").count >= 1)
        #expect(await fixture.reconciler.health.degraded == [])
    }

    @Test("brings an image once for all pods that wait for it, and gives up when none does")
    func sharedPull() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.addToRegistry("far/away:1")
        fixture.fake.inject(.hangs, into: .fetch)
        let containers = [Container(name: "app", image: "far/away:1")]
        try await fixture.start([
            makePod("a", uid: "ua", containers: containers), makePod("b", uid: "ub", containers: containers),
        ])
        try await fixture.await("the pull") { fixture.fake.hanging == 1 }
        #expect(fixture.last("a")?.state.info["app"]?.state == .waiting(reason: "PullingImage"))
        fixture.fake.release()
        try await fixture.await("both pods") {
            fixture.convergence("a") == .applied && fixture.convergence("b") == .applied
        }
        #expect(fixture.fake.calls.filter { $0 == .fetch }.count == 1)
    }

    @Test("forgets a pull that nobody waits for: the pod goes on with another image, and a later pod pulls anew")
    func abandonedPull() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.addToRegistry("far/away:1")
        fixture.fake.inject(.hangs, into: .fetch)
        let far = [Container(name: "app", image: "far/away:1")]
        try await fixture.start([makePod(containers: far)])
        try await fixture.await("the pull") { fixture.fake.hanging == 1 }
        await fixture.update(makePod(generation: 2))
        #expect(fixture.convergence() == .applied)
        await fixture.update(makePod("late", uid: "u2", containers: far))
        try await fixture.await("the later pod") { fixture.convergence("late") == .applied }
        #expect(fixture.fake.calls.filter { $0 == .fetch }.count == 2)
        fixture.fake.release()
    }

    @Test("an image that is never pulled and not there is said so")
    func neverPulled() async throws {
        let fixture = ReconcilerFixture()
        let container = Container(name: "app", image: "far/away:1", imagePullPolicy: "PullNever")
        try await fixture.start([makePod(containers: [container])])
        #expect(fixture.reason() == "ImageNeverPulled")
        #expect(!fixture.fake.calls.contains(.fetch))
    }

    @Test("an image that was loaded by hand after the pull failed is run")
    func loadedByHand() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod(containers: [Container(name: "app", image: "far/away:1")])])
        try await fixture.await("the failure") { fixture.reason() == "ErrImagePull" }
        fixture.fake.addImages("far/away:1")
        try await fixture.drive("the pod") { fixture.convergence() == .applied }
    }

    @Test("a change of nothing but labels goes on with the pull that is under way")
    func pullOverLabelChange() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.addToRegistry("far/away:1")
        fixture.fake.inject(.hangs, into: .fetch)
        let far = makePod(containers: [Container(name: "app", image: "far/away:1")])
        try await fixture.start([far])
        try await fixture.await("the pull") { fixture.fake.hanging == 1 }
        var labelled = far
        labelled.pod.labels = ["name": "apache"]
        labelled.generation = 2
        await fixture.update(labelled)
        fixture.fake.release()
        try await fixture.await("the pod") { fixture.convergence() == .applied }
        #expect(fixture.fake.calls.filter { $0 == .fetch }.count == 1)
    }

    @Test("runs the image that is here when `latest` cannot be fetched")
    func latestOffline() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.addImages("far/away:latest")
        try await fixture.start([makePod(containers: [Container(name: "app", image: "far/away:latest")])])
        try await fixture.await("the pod") { fixture.convergence() == .applied }
        #expect(fixture.fake.calls.contains(.fetch))
        #expect(fixture.log.messages(of: "imagePullFailed").count == 1)
    }

    @Test("imports the network's image when the engine does not have it")
    func networkImage() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.removeImage(fixture.fake.networkImage)
        try await fixture.start([makePod()])
        try await fixture.await("the pod") { fixture.convergence() == .applied }
    }
}
