import ClusterModel
import Glibc
import NodeKit
import Testing

@testable import Pods

@Suite("The pod reconciler, when things go wrong")
struct PodReconcilerFaultTests {
    @Test("meets a container whose start was not confirmed, and does not make a second one")
    func lostReply() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.inject(.losesReply, into: .run)
        try await fixture.start([makePod()])
        try await fixture.drive("the pod") { fixture.convergence() == .applied }
        #expect(fixture.fake.everything.map(\.labels.container).sorted() == ["app", "net"])
        #expect(fixture.fake.specs.count == 2)
    }

    @Test("adopts a container whose name it meets: what a killed agent asked for, done after its successor looked")
    func nameConflict() async throws {
        let successor = ReconcilerFixture()
        try await successor.start([])
        let killed = ReconcilerFixture(fake: successor.fake)
        try await killed.start([makePod()])
        await killed.stop()
        let before = successor.fake.everything
        await successor.update(makePod())
        try await successor.drive("the pod") { successor.convergence() == .applied }
        #expect(successor.fake.everything == before)
    }

    @Test("a removal that fails is told as of the removal, and done when it can be")
    func failedRemoval() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.fake.inject(.fails(RuntimeError(.refused, "device or resource busy")), into: .remove)
        await fixture.update(removed: "web", generation: 7)
        try await fixture.drive("the failure") { fixture.reason() == "RemoveContainerError" }
        #expect(fixture.last()?.generation == 7)
        try await fixture.drive("the end") { fixture.convergence() == .removed }
        #expect(fixture.last()?.generation == 7)
    }

    @Test("removes what a failed start left, and starts anew")
    func failedStart() async throws {
        let fixture = ReconcilerFixture()
        let rival = fixture.fake.neighbour(owner: "rival")
        let bench = PublishedPort(hostPort: 8080, containerPort: 80)
        let labels = ContainerLabels(
            pod: "x", namespace: "x", uid: "x", container: "net", hash: "", source: "", attempt: 0)
        let holder = try await rival.run(
            ContainerSpec(
                name: "rival", labels: labels, image: rival.networkImage, network: .own(hostname: "x", ports: [bench]),
                log: .files))
        let port = ContainerPort(hostPort: 8080, containerPort: 80)
        try await fixture.start([makePod(containers: [Container(name: "app", image: "img", ports: [port])])])
        #expect(fixture.reason() == "HostPortConflict")
        guard case .failed(_, let message, let retryIn) = fixture.convergence() else { return }
        #expect(message == "container net: port 8080 is already allocated", "the engine's own words")
        #expect(retryIn == .seconds(1))
        #expect(fixture.fake.everything.count == 1, "what never started is removed")
        try await rival.remove([holder])
        try await fixture.drive("the pod") { fixture.convergence() == .applied }
        #expect(fixture.last()?.state.info["net"]?.restartCount == 0, "a start that failed is no instance")
    }

    @Test("tries a changed spec at once, however long the old one would have waited")
    func mendedSpec() async throws {
        let fixture = ReconcilerFixture()
        let failing = [Container(name: "app", image: "img", command: ["exit 1"])]
        try await fixture.start([makePod(containers: failing)])
        try await fixture.drive("a long wait") {
            guard case .failed(_, _, let retryIn?) = fixture.convergence() else { return false }
            return retryIn >= .seconds(8)
        }
        await fixture.update(makePod(generation: 2))
        #expect(fixture.convergence() == .applied)
        #expect(fixture.last()?.generation == 2)
    }

    @Test("a call that hangs stops its own pod alone, and is told by name and age")
    func hangingCall() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.inject(.hangs, into: .run)
        await fixture.reconciler.begin(pods: [makePod("stuck", uid: "u0")], complete: true)
        try await fixture.await("the hang") { fixture.fake.hanging == 1 }
        await fixture.reconciler.update(changed: [makePod()], removed: [])
        try await fixture.await("the other pod") { fixture.convergence() == .applied }
        fixture.clock.advance(by: .seconds(12))
        let health = await fixture.reconciler.health
        #expect(health.degraded == ["start of net of Pod default/stuck has been under way for 12 s"])
        fixture.fake.release()
        try await fixture.await("the stuck pod") { fixture.convergence("stuck") == .applied }
        #expect(await fixture.reconciler.health.degraded == [])
    }

    @Test("a container that does not answer keeps its last state, and the others are served")
    func silentContainer() async throws {
        let fixture = ReconcilerFixture()
        let containers = [Container(name: "a", image: "img"), Container(name: "b", image: "img")]
        try await fixture.start([makePod(containers: containers)])
        let silent = try #require(fixture.fake.running("a", of: "web").first)
        fixture.fake.setSilent(silent.id, true)
        await fixture.reconciler.compare()
        await fixture.reconciler.settle()
        #expect(fixture.convergence() == .applied)
        #expect(fixture.last()?.state.message == "a: no answer")
        fixture.crash("b")
        try await fixture.await("the crash") { fixture.reason() != nil }
        try await fixture.drive("the restart") { fixture.convergence() == .applied }
        #expect(fixture.fake.running("a", of: "web").map(\.id) == [silent.id])
    }

    @Test("an engine that is down: said after two tries, what ran stays as told, all goes on by itself")
    func engineDown() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.fake.setDown(true)
        await fixture.reconciler.update(changed: [makePod("new", uid: "u2")], removed: [])
        try await fixture.drive("the news") { fixture.reason("new") == "RuntimeUnreachable" }
        #expect(fixture.convergence() == .applied, "what ran runs on")
        let degraded = await fixture.reconciler.health.degraded
        #expect(degraded.count == 1)
        #expect(degraded.first?.hasPrefix("container engine unreachable for") == true)
        #expect(degraded.first?.hasSuffix("s: no engine") == true)
        #expect(await fixture.reconciler.health.engineTrouble == "container engine unreachable: no engine")
        #expect(fixture.log.messages(of: "runtimeUnreachable").count == 1)
        fixture.fake.setDown(false)
        try await fixture.drive("the new pod") { fixture.convergence("new") == .applied }
        #expect(fixture.log.messages(of: "runtimeReachable").count == 1)
        #expect(await fixture.reconciler.health.degraded == [])
    }

    @Test("an engine that fails once is not told of, and a failed comparison is one that ended")
    func failsOnce() async throws {
        let fixture = ReconcilerFixture()
        #expect(await fixture.reconciler.health.sinceLastComparison == nil)
        try await fixture.start()
        fixture.fake.inject(.fails(RuntimeError(.unreachable, "no engine")), into: .list)
        fixture.clock.advance(by: .seconds(5))
        await fixture.reconciler.compare()
        #expect(await fixture.reconciler.health == PodHealth(sinceLastComparison: .zero, degraded: []))
        fixture.clock.advance(by: .seconds(1))
        #expect(await fixture.reconciler.health.sinceLastComparison == .seconds(1))
    }

    @Test("starts without an engine, and serves when it comes")
    func engineDownAtStart() async throws {
        let fixture = ReconcilerFixture()
        fixture.fake.setDown(true)
        try await fixture.start([makePod()])
        try await fixture.drive("the news") { fixture.reason() == "RuntimeUnreachable" }
        fixture.fake.setDown(false)
        try await fixture.drive("the pod") { fixture.convergence() == .applied }
    }

    @Test("what an event missed the comparison repairs")
    func missedEvent() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        let app = try #require(fixture.fake.running("app", of: "web").first)
        fixture.fake.vanish(app.id)
        try await fixture.drive("the restart") { fixture.running()["app"].map { $0 != app.id } ?? false }
        #expect(fixture.clock.now.offset >= .seconds(8), "nobody said a word before the comparison")
    }

    @Test("compares on while the volumes of pods that are gone are being deleted")
    func slowSweep() async throws {
        let folder = try TestFolder()
        defer { withExtendedLifetime(folder) {} }
        try #require(mkdir(folder.path("gone"), 0o700) == 0)
        let fixture = ReconcilerFixture(podsFolder: folder.path)
        fixture.commands.on("rm", play: .hangs)
        try await fixture.start([makePod()])
        try await fixture.drive("the deletion") { fixture.commands.lines.contains { $0.first == "rm" } }
        #expect(fixture.clock.now.offset >= .seconds(30))
        let app = try #require(fixture.fake.running("app", of: "web").first)
        fixture.fake.vanish(app.id)
        try await fixture.drive("the restart") { fixture.running()["app"].map { $0 != app.id } ?? false }
    }

    @Test("calls that hang stop their own pods alone, however many there are")
    func manyHangingCalls() async throws {
        let fixture = ReconcilerFixture()
        for _ in 0..<PodLimits().parallelCalls { fixture.fake.inject(.hangs, into: .run) }
        let stuck = (0..<PodLimits().parallelCalls).map { makePod("stuck\($0)", uid: "u\($0)") }
        await fixture.reconciler.begin(pods: stuck, complete: true)
        try await fixture.await("the hangs") { fixture.fake.hanging == stuck.count }
        await fixture.reconciler.update(changed: [makePod()], removed: [])
        try await fixture.drive("the other pod") { fixture.convergence() == .applied }
        #expect(fixture.fake.hanging == stuck.count)
        let oldest = await fixture.reconciler.calls.oldest?.what
        #expect(oldest?.hasPrefix("start of net of Pod default/stuck") == true)
        fixture.fake.release()
        try await fixture.await("the rest") { stuck.allSatisfy { fixture.convergence($0.pod.meta.name) == .applied } }
    }

    @Test("arms a broken event stream again, and looks at once for what it missed")
    func rearm() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.fake.breakStreams()
        try await fixture.await("the break") { fixture.fake.watcherCount == 0 }
        fixture.crash("app")
        try await fixture.drive("the restart") { fixture.running()["app"] != nil }
        #expect(fixture.clock.now.offset < PodLimits().comparison)
        #expect(fixture.fake.watcherCount == 1)
    }

    @Test("an answer that comes late is about then, not about now: nothing is made twice")
    func lateAnswer() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.fake.inject(.answersLate, into: .list)
        let comparison = Task { await fixture.reconciler.compare() }
        try await fixture.await("the question") { fixture.fake.hanging == 1 }
        await fixture.reconciler.update(changed: [makePod("new", uid: "u2")], removed: [])
        try await fixture.await("the new pod") { fixture.convergence("new") == .applied }
        fixture.crash("app")
        try await fixture.await("the crash") { fixture.reason() != nil }
        fixture.fake.release()
        await comparison.value
        await fixture.reconciler.settle()
        #expect(fixture.fake.specs.count == 4)
        #expect(fixture.reason() == "ContainerExited")
    }

    @Test("a pod that is wanted while the first question is under way is asked for by name before it is started")
    func wantedDuringFirstQuestion() async throws {
        let first = try await ReconcilerFixture.stoppedAfterRestart()
        let before = first.running()

        let second = ReconcilerFixture(fake: first.fake)
        second.fake.inject(.answersLate, into: .list)
        await second.reconciler.begin(pods: [], complete: true)
        try await second.await("the question") { second.fake.hanging == 1 }
        await second.reconciler.update(changed: [makePod()], removed: [])
        second.fake.release()
        try await second.await("the pod") { second.convergence() == .applied }
        #expect(second.running() == before)
        #expect(second.fake.specs.count == 3, "nothing was started anew")
    }
}
