import ClusterModel
import Synchronization
import Testing

@testable import Master

/// Gives the names `new-1`, `new-2` …
final class NameCounter: Sendable {
    private let last = Mutex(0)

    func next() -> String {
        last.withLock { last in
            last += 1
            return "new-\(last)"
        }
    }
}

@Suite struct ReplicationPlannerTests {
    private func planner(replicas: Int = 0, minions: [String] = ["a", "b"]) -> ReplicationPlanner {
        let names = NameCounter()
        var planner = ReplicationPlanner { names.next() }
        for minion in minions { planner.take(.minion(minion), .ready(minion)) }
        planner.take(scale(replicas), .synced)
        return planner
    }

    private func scale(_ replicas: Int, version: UInt64 = 1) -> ClusterChange {
        .put(.replicationController(Make.controller("web", replicas: replicas, version: version)))
    }

    private func created(_ writes: [ReplicationWrite]) -> [Pod] {
        var pods: [Pod] = []
        for case .create(let pod, _) in writes { pods.append(pod) }
        return pods
    }

    private func deleted(_ writes: [ReplicationWrite]) -> [String] {
        var names: [String] = []
        for case .delete(let pod, _, _, _) in writes { names.append(pod.name) }
        return names
    }

    @Test func whatIsMissingIsMadeFromTheTemplate() {
        var planner = planner(replicas: 2)
        let writes = planner.plan(now: .zero)
        let expected = Pod(
            meta: ObjectMeta(name: "new-1"), labels: ["name": "web", "replicationController": "web"],
            desiredState: PodState(
                manifest: ContainerManifest(version: "v1beta1", containers: [Make.container()])),
            nodeSelector: ["disk": "ssd"])
        #expect(writes.first == .create(expected, controller: Make.name("web")))
        #expect(created(writes).map(\.meta.name) == ["new-1", "new-2"])
    }

    @Test func aMirrorThatLagsMakesNothingTwice() {
        var planner = planner(replicas: 2)
        let writes = planner.plan(now: .zero)
        // Before their answer, after it, and with only one of them seen.
        planner.apply(scale(2, version: 2))
        #expect(planner.plan(now: .zero).isEmpty)
        for write in writes { planner.settle(write, .done(revision: 5), now: .zero) }
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.pod(created(writes)[0]))
        #expect(planner.plan(now: .zero).isEmpty)
        // Seen and deleted again.
        planner.apply(.pod(created(writes)[1]))
        planner.apply(.gone(created(writes)[1], at: 9))
        #expect(created(planner.plan(now: .zero)).map(\.meta.name) == ["new-3"])
    }

    @Test func aPodThatIsNeverSeenIsMadeAnewAfterTheBound() {
        var planner = planner(replicas: 1)
        for write in planner.plan(now: .zero) { planner.settle(write, .done(revision: 5), now: .zero) }
        #expect(planner.plan(now: .zero).isEmpty)
        #expect(planner.next == ReplicationPlanner.sightBound)
        #expect(created(planner.plan(now: ReplicationPlanner.sightBound)).count == 1)
    }

    @Test func aTryWhoseEndIsUnknownIsRepeatedUnderTheSameName() {
        var planner = planner(replicas: 1)
        let first = planner.plan(now: .zero)
        planner.settle(first[0], .unavailable("down"), now: .zero)
        #expect(planner.next == .seconds(1))
        #expect(planner.plan(now: .zero).isEmpty)
        let second = planner.plan(now: .seconds(1))
        #expect(second == first)
        // It had worked.
        planner.settle(second[0], .conflict, now: .seconds(1))
        #expect(planner.plan(now: .seconds(9)).isEmpty)
        planner.apply(.pod(created(first)[0]))
        #expect(planner.plan(now: .seconds(9)).isEmpty)
    }

    @Test func aTryWhoseEndIsUnknownAndThatIsSeenWasNone() {
        var planner = planner(replicas: 2)
        let first = planner.plan(now: .zero)
        planner.settle(first[0], .done(revision: 5), now: .zero)
        planner.settle(first[1], .unavailable("down"), now: .zero)
        for pod in created(first) { planner.apply(.pod(pod)) }
        #expect(planner.plan(now: .seconds(60)).isEmpty)
        // Its name is taken, and is not tried again.
        planner.apply(scale(3, version: 2))
        #expect(created(planner.plan(now: .seconds(60))).map(\.meta.name) == ["new-3"])
    }

    @Test func aTemplateThatIsRefusedIsTriedAgainLaterAndAtOnceWhenItChanges() {
        var planner = planner(replicas: 3)
        for write in planner.plan(now: .zero) { planner.settle(write, .refused("no"), now: .zero) }
        #expect(planner.plan(now: .zero).isEmpty)
        #expect(planner.next == .seconds(1))
        planner.apply(scale(3, version: 2))
        #expect(planner.next == .seconds(1))
        planner.apply(scale(2, version: 3))
        #expect(created(planner.plan(now: .zero)).count == 2)
    }

    @Test func theRightOnesGoFirst() {
        var planner = planner(replicas: 6)
        planner.take(
            .pod(Make.pod("old", on: "a", version: 4, made: "2014-10-21T00:00:00Z")),
            .status("old", Make.running("10.1.0.2")),
            .pod(Make.pod("new", on: "a", made: "2014-10-21T00:00:05Z")), .status("new", Make.running("10.1.0.3")),
            .pod(Make.pod("down", on: "b", made: "2014-10-20T00:00:00Z")),
            .status("down", PodState(status: .waiting)),
            .pod(Make.pod("fresh", on: "b", made: "2014-10-21T00:00:09Z")),
            .pod(Make.pod("bare", made: "2014-10-19T00:00:00Z")), .pod(Make.pod("bare2", made: "2014-10-19T00:00:01Z")))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(scale(5))
        #expect(deleted(planner.plan(now: .zero)) == ["bare2"])
        planner.apply(scale(1))
        #expect(deleted(planner.plan(now: .zero)) == ["bare", "fresh", "down", "new"])
        planner.apply(scale(0))
        let last = planner.plan(now: .zero)
        #expect(last == [.delete(pod: Make.name("old"), version: 4, controller: Make.name("web"), .surplus)])
        // Somebody changed it meanwhile: it is looked at again.
        planner.settle(last[0], .conflict, now: .zero)
        planner.apply(.pod(Make.pod("old", labels: ["name": "other"], on: "a", version: 5)))
        #expect(planner.plan(now: .seconds(1)).isEmpty)
    }

    @Test func podsThatMatchCountWhoeverMadeThem() {
        var planner = planner(replicas: 2)
        planner.take(.pod(Make.pod("mine", on: "a")), .pod(Make.pod("other", labels: ["name": "x"], on: "a")))
        let made = created(planner.plan(now: .zero))
        #expect(made.count == 1)
        // A pod whose labels come to match is taken in, and then there is one too many: the one that is on no minion,
        // which is not seen yet.
        planner.apply(.pod(Make.pod("other", on: "a", version: 2)))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.take(made.map(ClusterChange.pod))
        #expect(deleted(planner.plan(now: .zero)) == ["new-1"])
    }

    @Test func aPodCountsForOneControllerOnly() {
        var planner = planner(replicas: 1)
        planner.take(.put(.replicationController(Make.controller("also", replicas: 1))), .pod(Make.pod("p", on: "a")))
        // The first by name has it.
        #expect(created(planner.plan(now: .zero)).map { $0.labels["replicationController"] } == ["web"])
        planner.apply(
            .pod(Make.pod("p", labels: ["name": "web", "replicationController": "web"], on: "a", version: 2)))
        let writes = planner.plan(now: .zero)
        #expect(created(writes).map { $0.labels["replicationController"] } == ["also"])
    }

    @Test(arguments: [
        (RestartPolicy.always, PodStatus.terminated, 0), (.never, .terminated, 1), (.onFailure, .terminated, 1),
        (.never, .running, 0),
    ])
    func aPodThatHasEndedForGoodIsReplaced(_ row: (policy: RestartPolicy, status: PodStatus, created: Int)) {
        var planner = planner(replicas: 1)
        planner.take(.pod(Make.pod("p", on: "a", restart: row.policy)), .status("p", PodState(status: row.status)))
        #expect(created(planner.plan(now: .zero)).count == row.created)
    }

    @Test func deletingTheControllerDeletesNoPod() {
        var planner = planner(replicas: 1)
        planner.apply(.pod(Make.pod("p", on: "a")))
        planner.apply(.removed(last: .replicationController(Make.controller("web", replicas: 1)), revision: 4))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.gone(Make.pod("p", on: "a"), at: 5))
        #expect(planner.plan(now: .zero).isEmpty)
    }

    @Test func theLostMinionsPodsAreReplacedAfterTheGrace() {
        var planner = planner(replicas: 2)
        planner.take(
            .pod(Make.pod("here", on: "a", version: 6)), .status("here", Make.running("10.1.0.2")),
            .pod(Make.pod("there", on: "b", version: 7)), .status("there", Make.running("10.1.1.2")),
            .pod(Make.pod("free", labels: ["name": "free"], on: "b")))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.unreachable("b", since: .seconds(1)))
        #expect(planner.plan(now: .seconds(60)).isEmpty)
        #expect(planner.next == .seconds(61))
        let writes = planner.plan(now: .seconds(61))
        #expect(
            writes.first
                == .delete(
                    pod: Make.name("there"), version: 7, controller: Make.name("web"), .lost(minion: "b")))
        #expect(created(writes).count == 1)
        #expect(writes.count == 2)
    }

    @Test func aMinionThatIsBackInTimeKeepsItsPods() {
        var planner = planner(replicas: 1)
        planner.apply(.pod(Make.pod("there", on: "b")))
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.unreachable("b", since: .seconds(1)))
        #expect(planner.plan(now: .seconds(50)).isEmpty)
        planner.apply(.ready("b"))
        #expect(planner.plan(now: .seconds(70)).isEmpty)
        #expect(planner.next == nil)
    }

    @Test func aMasterThatIsCutOffFromAllGivesUpNothing() {
        var planner = planner(replicas: 1)
        planner.apply(.pod(Make.pod("there", on: "b")))
        planner.take(.unreachable("a", since: .zero), .unreachable("b", since: .zero))
        #expect(planner.plan(now: .zero).isEmpty)
        #expect(planner.plan(now: .seconds(1_000)).isEmpty)
        planner.apply(.ready("a"))
        #expect(planner.plan(now: .seconds(1_001)).isEmpty)
        #expect(planner.plan(now: .seconds(1_061)).count == 2)
    }

    @Test func nothingIsDoneBeforeTheWholePictureIsThere() {
        var planner = ReplicationPlanner { "new" }
        planner.take(scale(1))
        #expect(planner.next == nil)
        #expect(planner.plan(now: .zero).isEmpty)
    }

    @Test func aLargeControllerIsFilledPieceByPieceAndDoesNotKeepOthersWaiting() {
        var planner = planner(replicas: 100_000)
        planner.apply(
            .put(
                .replicationController(Make.controller("small", replicas: 1, selector: ["n": "s"], labels: ["n": "s"])))
        )
        let writes = planner.plan(now: .zero)
        #expect(created(writes).count == ReplicationPlanner.burst + 1)
        #expect(planner.next == nil)
        planner.settle(writes[0], .done(revision: 5), now: .zero)
        #expect(created(planner.plan(now: .zero)).count == ReplicationPlanner.burst)
    }

    /// Names no template can satisfy would be made for ever.
    @Test func aTemplateItsSelectorDoesNotMatchMakesNothing() {
        var planner = planner()
        planner.apply(
            .put(.replicationController(Make.controller("odd", replicas: 3, selector: ["n": "1"], labels: ["n": "2"]))))
        #expect(planner.plan(now: .zero).isEmpty)
    }
}
