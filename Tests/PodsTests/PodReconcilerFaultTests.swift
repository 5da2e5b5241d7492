import ClusterModel
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

    @Test("brings an image that is not there, and says why it cannot")
    func pull() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod(containers: [Container(name: "app", image: "far/away:1")])])
        try await fixture.await("the failure") { fixture.reason() == "ErrImagePull" }
        #expect(fixture.last()?.state.info["app"]?.state == .waiting(reason: "ErrImagePull"))
        #expect(fixture.last()?.state.message == "app: no registry has far/away:1")
        fixture.fake.addToRegistry("far/away:1")
        try await fixture.drive("the pod") { fixture.convergence() == .applied }
        #expect(fixture.log.messages(of: "imagePullFailed").count >= 1)
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

    @Test("an image that is never pulled and not there is said so")
    func neverPulled() async throws {
        let fixture = ReconcilerFixture()
        let container = Container(name: "app", image: "far/away:1", imagePullPolicy: "PullNever")
        try await fixture.start([makePod(containers: [container])])
        #expect(fixture.reason() == "ImageNeverPulled")
        #expect(!fixture.fake.calls.contains(.fetch))
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
        #expect(health.oldestCall == "start of net of Pod default/stuck")
        #expect(health.oldestCallAge == .seconds(12))
        #expect(health.degraded.count == 1)
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
        let health = await fixture.reconciler.health
        #expect(!health.isReachable && health.trouble == "no engine" && health.degraded.count == 1)
        #expect(fixture.log.messages(of: "runtimeUnreachable").count == 1)
        fixture.fake.setDown(false)
        try await fixture.drive("the new pod") { fixture.convergence("new") == .applied }
        #expect(fixture.log.messages(of: "runtimeReachable").count == 1)
        #expect(await fixture.reconciler.health.isReachable)
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

    @Test("the event stream is armed again after it broke")
    func rearm() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        fixture.fake.setDown(true)
        try await fixture.await("the break") { fixture.fake.watcherCount == 0 }
        fixture.fake.setDown(false)
        try await fixture.drive("the new stream") { fixture.fake.watcherCount == 1 }
    }
}

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

        await second.reconciler.becomeComplete()
        try await second.drive("the change") { second.convergence() == .applied }
        #expect(second.running("stray").count == 2, "within its grace")
        try await second.drive("the end of the stray") { second.running("stray").isEmpty }
        #expect(second.clock.now.offset >= .seconds(30))
        try await second.await("the journal") { second.log.messages(of: "strayRemoved").count == 2 }
        #expect(second.reports.about("stray").isEmpty, "the agent knows nothing of it")
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
