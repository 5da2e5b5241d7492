import ClusterModel
import Testing

@testable import Master

@Suite struct EndpointsPlannerTests {
    private static let web = Make.name("web")

    /// Service `web` and two minions that are ready.
    private func planner(_ service: Service = Make.service()) -> EndpointsPlanner {
        var planner = EndpointsPlanner()
        planner.take(.minion("a"), .ready("a"), .minion("b"), .ready("b"), .put(.service(service)), .synced)
        return planner
    }

    private func endpoints(_ entries: [String], version: UInt64 = 1, terminating: String? = nil) -> Endpoints {
        Endpoints(
            meta: ObjectMeta(
                name: "web", resourceVersion: version,
                annotations: terminating.map { [EndpointsPlanner.terminatingAnnotation: $0] } ?? [:]),
            endpoints: entries)
    }

    /// Plans, lets the writes succeed at `revision`, and returns what was written of `web`.
    private func write(_ planner: inout EndpointsPlanner, revision: UInt64, now: Duration = .zero) -> [String]? {
        let writes = planner.plan(now: now)
        for write in writes { planner.settle(write, .done(revision: revision), now: now) }
        return writes.first.flatMap { $0.endpoints?.endpoints }
    }

    @Test func aServiceWithoutPodsHasAnEmptyObjectAndItGoesWithTheService() {
        var planner = planner()
        #expect(planner.plan(now: .zero) == [EndpointsWrite(service: Self.web, endpoints: endpoints([], version: 0))])
        planner.settle(
            EndpointsWrite(service: Self.web, endpoints: endpoints([], version: 0)), .done(revision: 4), now: .zero)
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.removed(last: .service(Make.service()), revision: 5))
        #expect(planner.plan(now: .zero) == [EndpointsWrite(service: Self.web, version: 4)])
    }

    @Test func aPodIsWrittenInThePlanAfterItBecameReadyAndLeavesInTheOneAfterItIsNot() {
        var planner = planner()
        planner.take(.pod(Make.pod("one", on: "a")), .pod(Make.pod("two", on: "b")))
        #expect(write(&planner, revision: 1) == [])
        planner.apply(.status("two", Make.running("10.1.0.10")))
        #expect(write(&planner, revision: 2) == ["10.1.0.10:80"])
        planner.apply(.status("one", Make.running("10.1.0.9")))
        #expect(write(&planner, revision: 3) == ["10.1.0.9:80", "10.1.0.10:80"])
        #expect(write(&planner, revision: 4) == nil)
        planner.apply(.status("two", PodState(status: .waiting, podIP: "10.1.0.10")))
        #expect(write(&planner, revision: 5) == ["10.1.0.9:80"])
    }

    @Test(arguments: [
        (Make.running("10.1.0.2", containers: ["c", "d"]), "a", true),
        (Make.running("10.1.0.2", containers: ["c"]), "a", false),
        (Make.running("", containers: ["c", "d"]), "a", false),
        (Make.running("fe80::1", containers: ["c", "d"]), "a", false),
        (PodState(status: .waiting, podIP: "10.1.0.2"), "a", false),
        // Bound to no minion, to one that is not ready, to one that is none, and the word of another.
        (Make.running("10.1.0.2", containers: ["c", "d"]), "", false),
        (Make.running("10.1.0.2", containers: ["c", "d"]), "sick", false),
        (Make.running("10.1.0.2", containers: ["c", "d"]), "stranger", false),
        (Make.running("10.1.0.2", containers: ["c", "d"], host: "b"), "a", false),
        (Make.running("10.1.0.2", containers: ["c", "d"], host: "a"), "a", true),
    ])
    func readiness(_ row: (state: PodState, host: String, isReady: Bool)) {
        var planner = planner()
        planner.take(
            .minion("sick"),
            .minionCondition("sick", MinionCondition(.notReady(reason: "Docker", message: "down"), lastSeen: .zero)),
            .pod(Make.pod("p", on: row.host, containers: [Make.container("c"), Make.container("d", port: 81)])),
            .status("p", row.state))
        #expect(write(&planner, revision: 1) == (row.isReady ? ["10.1.0.2:80"] : []))
    }

    @Test(
        arguments: [
            (nil, ["10.1.0.2:8080"]), (.number(99), ["10.1.0.2:99"]), (.name("admin"), ["10.1.0.2:81"]),
            (.name("none"), []), (.number(0), []), (.number(70_000), []),
        ] as [(PortReference?, [String])])
    func ports(_ row: (port: PortReference?, entries: [String])) {
        var planner = planner(Make.service(port: row.port))
        let containers = [Make.container("c", port: 8_080), Make.container("d", port: 81, portName: "admin")]
        planner.take(
            .pod(Make.pod("p", on: "a", containers: containers)),
            .status("p", Make.running("10.1.0.2", containers: ["c", "d"])))
        #expect(write(&planner, revision: 1) == row.entries)
    }

    @Test func aDeletedPodLeavesAtOnceAndIsMarkedUntilItsMinionSaysItIsGone() {
        var planner = planner()
        let pod = Make.pod("p", on: "a")
        planner.take(.pod(pod), .status("p", Make.running("10.1.0.2")))
        #expect(write(&planner, revision: 1) == ["10.1.0.2:80"])
        planner.apply(.gone(pod, at: 2))
        let marked = EndpointsWrite(
            service: Self.web, endpoints: endpoints([], version: 1, terminating: "10.1.0.2:80"), version: 1)
        #expect(planner.plan(now: .zero) == [marked])
        planner.settle(marked, .done(revision: 3), now: .zero)
        planner.apply(.status("p", Make.running("10.1.0.2")))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.podGone(ObjectRef(.pod, name: "p"), minion: "b"))
        #expect(planner.plan(now: .zero).isEmpty, "another minion's pod of that name")
        planner.apply(.podGone(ObjectRef(.pod, name: "p"), minion: "a"))
        let unmarked = EndpointsWrite(service: Self.web, endpoints: endpoints([], version: 3), version: 3)
        #expect(planner.plan(now: .zero) == [unmarked])
    }

    @Test func aMarkEndsWithItsBoundAndWhenTheAddressAnswersAgain() {
        var planner = planner()
        let pod = Make.pod("p", on: "a")
        planner.take(.pod(pod), .status("p", Make.running("10.1.0.2")), .gone(pod, at: 2))
        #expect(planner.plan(now: .zero).first?.endpoints == endpoints([], version: 0, terminating: "10.1.0.2:80"))
        planner.settle(EndpointsWrite(service: Self.web), .conflict, now: .zero)
        planner.take(.pod(Make.pod("q", on: "a")), .status("q", Make.running("10.1.0.2")))
        #expect(planner.plan(now: .seconds(1)).first?.endpoints == endpoints(["10.1.0.2:80"], version: 0))
        planner.settle(EndpointsWrite(service: Self.web), .conflict, now: .seconds(1))
        planner.apply(.gone(Make.pod("q", on: "a"), at: 9))
        #expect(
            planner.plan(now: EndpointsPlanner.terminatingBound + .seconds(9)).first?.endpoints?.meta.annotations
                .isEmpty
                == false)
    }

    @Test func aMinionThatCanStartNothingKeepsItsPodsInTheirServices() {
        var planner = planner()
        planner.take(.pod(Make.pod("p", on: "a")), .status("p", Make.running("10.1.0.2")))
        #expect(write(&planner, revision: 1) == ["10.1.0.2:80"])
        let closed = MinionCondition(.unschedulable(reason: "Degraded", message: "no engine"), lastSeen: .zero)
        planner.apply(.minionCondition("a", closed))
        #expect(planner.plan(now: .seconds(1_000)).isEmpty)
        planner.apply(.minionCondition("a", MinionCondition(.notReady(reason: "X", message: "y"), lastSeen: .zero)))
        #expect(write(&planner, revision: 2, now: .seconds(1_000)) == [])
    }

    @Test func aMinionThatIsSilentTakesItsPodsOutAndBringsThemBack() {
        var planner = planner()
        planner.take(.pod(Make.pod("p", on: "a")), .status("p", Make.running("10.1.0.2")))
        #expect(write(&planner, revision: 1) == ["10.1.0.2:80"])
        planner.apply(.unreachable("a", since: .seconds(1)))
        #expect(write(&planner, revision: 2, now: .seconds(2)) == nil)
        #expect(planner.next == .seconds(11))
        #expect(write(&planner, revision: 3, now: .seconds(11)) == [])
        planner.apply(.ready("a"))
        #expect(write(&planner, revision: 4, now: .seconds(12)) == ["10.1.0.2:80"])
    }

    /// A master that begins knows no pod's address yet: what is stored stands until it does.
    @Test func nothingIsTakenOutForWantOfKnowledge() {
        var planner = EndpointsPlanner()
        planner.take(
            .minion("a"), .minion("b"), .put(.service(Make.service())),
            .put(.endpoints(endpoints(["10.1.0.2:80", "10.1.0.3:80"], version: 7))),
            .pod(Make.pod("p", on: "a")), .pod(Make.pod("q", on: "b")), .synced)
        #expect(write(&planner, revision: 8) == nil)
        planner.take(.ready("a"), .status("p", PodState(status: .waiting, podIP: "10.1.0.2")))
        #expect(write(&planner, revision: 8) == ["10.1.0.3:80"])
        planner.take(.ready("b"), .status("q", Make.running("10.1.0.4")))
        #expect(write(&planner, revision: 9) == ["10.1.0.4:80"])
        // From now on a pod nothing is known of keeps nothing in.
        planner.take(.pod(Make.pod("r", on: "a")), .status("q", Make.running("10.1.0.5")))
        #expect(write(&planner, revision: 10) == ["10.1.0.5:80"])
    }

    @Test func onlyDifferencesAreWritten() {
        var planner = EndpointsPlanner()
        planner.take(
            .minion("a"), .ready("a"), .put(.service(Make.service())),
            .put(.endpoints(endpoints(["10.1.0.3:80", "10.1.0.2:80"], version: 7))),
            .pod(Make.pod("p", on: "a")), .status("p", Make.running("10.1.0.2")), .pod(Make.pod("q", on: "a")),
            .status("q", Make.running("10.1.0.3")), .synced)
        #expect(planner.plan(now: .zero).isEmpty)
        // Somebody meddles.
        planner.apply(.put(.endpoints(endpoints(["10.1.0.3:80"], version: 8))))
        #expect(write(&planner, revision: 9) == ["10.1.0.2:80", "10.1.0.3:80"])
        // The mirror comes later than the write's own answer, and tells of it.
        planner.apply(.put(.endpoints(endpoints(["10.1.0.3:80"], version: 8))))
        #expect(planner.plan(now: .zero).isEmpty)
    }

    @Test func endpointsMadeByHandAreNotTouched() {
        var planner = EndpointsPlanner()
        let bare = Make.service(selector: [:])
        planner.take(.synced, .put(.endpoints(endpoints(["9.9.9.9:80"]))))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.put(.service(bare)))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.removed(last: .service(bare), revision: 3))
        #expect(planner.plan(now: .zero).isEmpty)
    }

    @Test func endpointsMadeAfterTheServiceWasDeletedAreNotTouched() {
        var planner = planner()
        _ = write(&planner, revision: 2)
        planner.apply(.removed(last: .service(Make.service()), revision: 3))
        let writes = planner.plan(now: .zero)
        #expect(writes == [EndpointsWrite(service: Self.web, version: 2)])
        planner.settle(writes[0], .conflict, now: .zero)
        planner.apply(.put(.endpoints(endpoints(["9.9.9.9:80"], version: 4))))
        #expect(planner.plan(now: .seconds(9)).isEmpty)
    }

    @Test func aWriteIsRepeatedAfterAConflictAndAFailure() {
        var planner = planner()
        let first = planner.plan(now: .zero)
        planner.apply(.put(.endpoints(endpoints(["1.1.1.1:1"], version: 3))))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.settle(first[0], .conflict, now: .zero)
        let second = planner.plan(now: PlannerLimits.conflictPause)
        #expect(second.map(\.version) == [3])
        planner.settle(second[0], .unavailable("down"), now: .seconds(1))
        #expect(planner.next == .seconds(2))
        #expect(planner.plan(now: .seconds(2)) == second)
    }

    /// One change looks at the services it touches: among 100 services no other is written.
    @Test func aChangeWritesWhatItTouches() {
        var planner = EndpointsPlanner()
        planner.take(.minion("a"), .ready("a"), .synced)
        for number in 0..<100 {
            planner.take(
                .put(.service(Make.service("s\(number)", selector: ["n": "\(number)"]))),
                .pod(Make.pod("p\(number)", labels: ["n": "\(number)"], on: "a")))
        }
        for write in planner.plan(now: .zero) { planner.settle(write, .done(revision: 5), now: .zero) }
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.status("p7", Make.running("10.1.0.2")))
        #expect(planner.plan(now: .zero).map(\.service) == [Make.name("s7")])
    }
}
