import ClusterModel
import NodeKit
import Testing

@testable import Pods

@Suite("The pod reconciler")
struct PodReconcilerTests {
    @Test("starts a pod, tells of it, and does nothing more")
    func starts() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        #expect(fixture.convergence() == .applied)
        #expect(fixture.last()?.state.podIP.hasPrefix("172.17.0.") == true)
        #expect(fixture.last()?.state.status == .running)
        #expect(fixture.reports.about("web").map(\.convergence) == [.pending, .applied])
        #expect(fixture.fake.specs.map(\.labels.container) == ["net", "app"])
        let reports = fixture.reports.about("web").count
        await fixture.reconciler.compare()
        await fixture.reconciler.settle()
        #expect(fixture.fake.specs.count == 2)
        #expect(fixture.reports.about("web").count == reports, "told only when something changed")
        #expect(fixture.log.messages(of: "podStarted").count == 1)
        #expect(fixture.log.messages(of: "containerStarted").count == 2)
    }

    @Test("gives containers their own variables and the services', the own ones first")
    func environment() async throws {
        let service = EnvVar(name: "DB_SERVICE_HOST", value: "10.11.0.2")
        let fixture = ReconcilerFixture(services: [service])
        let own = EnvVar(name: "A", value: "1")
        try await fixture.start([makePod(containers: [Container(name: "app", image: "img", env: [own])])])
        #expect(fixture.fake.specs.last?.environment == [own, service])
        #expect(fixture.fake.specs.first?.environment == [], "the network container needs none")
    }

    @Test("restarts a crashed container in its place, later each time, and counts")
    func crashes() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        let network = fixture.running()["net"]
        for count in 1...3 {
            fixture.crash("app")
            try await fixture.await("the report of the crash") { fixture.reason() != nil }
            #expect(fixture.running()["app"] == nil, "not before its time")
            try await fixture.drive("the restart") { fixture.convergence() == .applied }
            #expect(fixture.last()?.state.info["app"]?.restartCount == count)
        }
        #expect(fixture.running()["net"] == network)
        #expect(fixture.log.messages(of: "containerDied").count == 3)
        #expect(fixture.fake.everything.filter { $0.labels.container == "app" }.count == 2, "one dead one is kept")
    }

    @Test("rebuilds the pod when its network dies, with a new address")
    func networkDies() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        let before = fixture.running()
        fixture.crash("net", code: 0)
        try await fixture.drive("the rebuilt pod") {
            let now = fixture.running()
            return now.count == 2 && now["net"] != before["net"] && now["app"] != before["app"]
                && fixture.convergence() == .applied
        }
        let app = try #require(fixture.fake.running("app", of: "web").first)
        #expect(app.sharesNetworkWith == fixture.running()["net"])
    }

    @Test("a new agent adopts what runs: the same containers, none started, no failure told")
    func adoption() async throws {
        let first = ReconcilerFixture()
        try await first.start([makePod()])
        let before = first.fake.everything
        await first.stop()

        let second = ReconcilerFixture(fake: first.fake)
        try await second.start([makePod(generation: 9)])
        #expect(second.fake.everything == before)
        #expect(second.reports.about("web").map(\.convergence) == [.applied])
        #expect(second.last()?.generation == 9)
        #expect(second.log.messages(of: "containerAdopted").count == 2)
    }

    @Test("the restart count outlives the agent")
    func countOutlivesAgent() async throws {
        let first = try await ReconcilerFixture.stoppedAfterRestart()
        let second = ReconcilerFixture(fake: first.fake)
        try await second.start([makePod()])
        #expect(second.last()?.state.info["app"]?.restartCount == 1)
    }

    @Test("replaces a container whose spec changed, and nothing else")
    func specChange() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        let before = fixture.running()
        fixture.fake.addImages("img:2")
        await fixture.update(makePod(generation: 2, containers: [Container(name: "app", image: "img:2")]))
        try await fixture.drive("the new container") {
            fixture.last()?.generation == 2 && fixture.convergence() == .applied
        }
        #expect(fixture.running()["net"] == before["net"])
        #expect(fixture.running()["app"] != before["app"])
        #expect(fixture.fake.running("app", of: "web").map(\.image) == ["img:2"])
    }

    @Test("a change of nothing the engine knows is applied at once and starts nothing")
    func labelChange() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        let before = fixture.running()
        var changed = makePod(generation: 2)
        changed.pod.labels = ["name": "apache"]
        await fixture.update(changed)
        #expect(fixture.last()?.generation == 2)
        #expect(fixture.convergence() == .applied)
        #expect(fixture.running() == before)
    }

    @Test("removes a pod with everything of it, and says so")
    func removal() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod(), makePod("other", uid: "u2")])
        await fixture.update(removed: "web")
        try await fixture.drive("the end") { fixture.convergence() == .removed }
        #expect(fixture.fake.everything.map(\.labels.pod) == ["other", "other"])
        #expect(fixture.fake.signals == ["TERM"], "the network has nothing to lose")
        await fixture.update(removed: "web")
        #expect(fixture.convergence() == .removed, "removing what is not there is done")
    }

    @Test("kills who does not listen, after the grace")
    func grace() async throws {
        let fixture = ReconcilerFixture()
        let deaf = Container(name: "app", image: "img", command: ["trap '' TERM; work"])
        try await fixture.start([makePod(containers: [deaf])])
        await fixture.update(removed: "web")
        #expect(fixture.fake.signals == ["TERM"])
        try await fixture.drive("the end") { fixture.convergence() == .removed }
        #expect(fixture.fake.signals == ["TERM", "KILL"])
        #expect(fixture.clock.now.offset >= .seconds(10))
    }

    @Test("another uid is another pod: the earlier one goes first")
    func newIncarnation() async throws {
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod()])
        await fixture.update(makePod(uid: "u2", generation: 2))
        try await fixture.drive("the new pod") { fixture.last()?.uid == "u2" && fixture.convergence() == .applied }
        #expect(Set(fixture.fake.everything.map(\.labels.uid)) == ["u2"])
        #expect(fixture.last()?.state.info["app"]?.restartCount == 0)
    }

    @Test("the later of two pods with one host port waits until the first is gone")
    func hostPorts() async throws {
        let fixture = ReconcilerFixture()
        let containers = [
            Container(name: "app", image: "img", ports: [ContainerPort(hostPort: 8080, containerPort: 80)])
        ]
        try await fixture.start([makePod("a", uid: "ua", containers: containers)])
        await fixture.update(makePod("b", uid: "ub", generation: 2, containers: containers))
        #expect(fixture.reason("b") == "HostPortConflict")
        #expect(fixture.running("b").isEmpty)
        await fixture.update(removed: "a")
        try await fixture.drive("the second pod") { fixture.convergence("b") == .applied }
        #expect(fixture.convergence("a") == .removed)
    }

    @Test("two pods that swap their host ports in one change both run on the other's")
    func swappedHostPorts() async throws {
        func on(_ port: Int) -> [Container] {
            [Container(name: "app", image: "img", ports: [ContainerPort(hostPort: port, containerPort: 80)])]
        }
        let fixture = ReconcilerFixture()
        try await fixture.start([
            makePod("a", uid: "ua", containers: on(8080)), makePod("b", uid: "ub", containers: on(8081)),
        ])
        await fixture.update(
            makePod("a", uid: "ua", generation: 2, containers: on(8081)),
            makePod("b", uid: "ub", generation: 2, containers: on(8080)))
        try await fixture.drive("both pods") {
            ["a", "b"].allSatisfy { fixture.last($0)?.generation == 2 && fixture.convergence($0) == .applied }
        }
    }

    @Test("a pod that can never run holds no host port, one whose containers still run does")
    func portsOfTheUnrunnable() async throws {
        func containers(privileged: Bool) -> [Container] {
            let port = ContainerPort(hostPort: 8080, containerPort: 80)
            return [Container(name: "app", image: "img", ports: [port], privileged: privileged)]
        }
        let fixture = ReconcilerFixture()
        try await fixture.start([makePod("never", uid: "u0", containers: containers(privileged: true))])
        await fixture.update(makePod("a", uid: "ua", containers: containers(privileged: false)))
        #expect(fixture.convergence("a") == .applied)
        await fixture.update(makePod("a", uid: "ua", generation: 2, containers: containers(privileged: true)))
        await fixture.update(makePod("b", uid: "ub", generation: 3, containers: containers(privileged: false)))
        #expect(fixture.reason("a") == "PrivilegedNotAllowed")
        #expect(fixture.reason("b") == "HostPortConflict")
        for name in ["app", "net"] { fixture.crash(name, of: "a") }
        try await fixture.drive("the other pod") { fixture.convergence("b") == .applied }
    }

    @Test("after a restart who has a port keeps it, though the other was wanted first")
    func hostPortsAfterRestart() async throws {
        let containers = [
            Container(name: "app", image: "img", ports: [ContainerPort(hostPort: 8080, containerPort: 80)])
        ]
        let first = ReconcilerFixture()
        try await first.start([makePod("b", uid: "ub", generation: 5, containers: containers)])
        await first.stop()
        let second = ReconcilerFixture(fake: first.fake)
        try await second.start([
            makePod("a", uid: "ua", generation: 1, containers: containers),
            makePod("b", uid: "ub", generation: 5, containers: containers),
        ])
        #expect(second.convergence("b") == .applied)
        #expect(second.reason("a") == "HostPortConflict")
    }
}
