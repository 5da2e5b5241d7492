import ClusterModel
import Testing

@testable import Master

@Suite struct SchedulerPlannerTests {
    private func planner(minions: [String] = ["a", "b", "c"], seed: UInt64 = 1) -> SchedulerPlanner {
        var planner = SchedulerPlanner(seed: seed)
        for minion in minions { planner.take(.minion(minion), .ready(minion)) }
        planner.apply(.synced)
        #expect(planner.plan(now: .zero).isEmpty)
        return planner
    }

    /// The minions of the bindings asked for, by pod.
    private func bindings(_ writes: [SchedulerWrite]) -> [String: String] {
        var bindings: [String: String] = [:]
        for case .bind(let pod, let minion) in writes { bindings[pod.meta.name] = minion }
        return bindings
    }

    /// The explanations asked for, by pod.
    private func explanations(_ writes: [SchedulerWrite]) -> [String: String] {
        var explanations: [String: String] = [:]
        for case .explain(let pod, let report) in writes { explanations[pod.meta.name] = report.message }
        return explanations
    }

    @Test func nothingIsBoundBeforeTheWholePictureIsThere() {
        var planner = SchedulerPlanner(seed: 1)
        planner.take(.minion("a"), .ready("a"), .pod(Make.pod("p")))
        #expect(planner.next == nil)
        #expect(planner.plan(now: .zero).isEmpty)
        planner.apply(.synced)
        #expect(planner.next == .zero)
        #expect(planner.plan(now: .zero) == [.bind(Make.pod("p"), minion: "a")])
    }

    @Test func podsOfOneServiceOrControllerAreSpread() {
        for owner in [
            ClusterChange.put(.service(Make.service())),
            .put(.replicationController(Make.controller("web", replicas: 6))),
        ] {
            var planner = planner()
            planner.apply(owner)
            for number in 0..<6 { planner.apply(.pod(Make.pod("p\(number)"))) }
            let bound = bindings(planner.plan(now: .zero)).values
            for minion in ["a", "b", "c"] { #expect(bound.count { $0 == minion } == 2) }
        }
    }

    @Test func thenTheLeastRequestedIsTaken() {
        var planner = planner()
        planner.take(
            .pod(Make.pod("big", on: "a", containers: [Make.container(memory: 512 << 20)])),
            .pod(Make.pod("small", on: "b", containers: [Make.container(cpu: 100)])),
            .pod(Make.pod("middle", on: "c", containers: [Make.container(cpu: 300)])), .pod(Make.pod("p")))
        #expect(bindings(planner.plan(now: .zero)) == ["p": "b"])
    }

    @Test func equalOnesAreDecidedByTheSeedAndEvenly() {
        func choices(_ seed: UInt64) -> [String: String] {
            var planner = planner(seed: seed)
            for number in 0..<90 { planner.apply(.pod(Make.pod("p\(number)", labels: [:]))) }
            return bindings(planner.plan(now: .zero))
        }
        #expect(choices(1) == choices(1))
        #expect(choices(1) != choices(2))
        for minion in ["a", "b", "c"] { #expect((20...40).contains(choices(3).values.count { $0 == minion })) }
    }

    @Test func whatIsAskedForCountsAtOnceAndOnlyOnce() {
        var planner = planner(minions: ["a"])
        let half = [Make.container(cpu: 600)]
        planner.take(.pod(Make.pod("first", containers: half)), .pod(Make.pod("second", containers: half)))
        let writes = planner.plan(now: .zero)
        #expect(bindings(writes) == ["first": "a"])
        #expect(
            explanations(writes)["second"]
                == "0 of 1 minion fits: 1 has too little free cpu (600 milli-cores wanted, at most 400 free)")
        // The mirror lags: an older version of the pod, still without minion, changes nothing.
        planner.apply(.pod(Make.pod("first", version: 3, containers: half)))
        planner.settle(writes[0], .done(revision: 9), now: .zero)
        planner.apply(.pod(Make.pod("first", version: 4, containers: half)))
        #expect(bindings(planner.plan(now: .zero)).isEmpty)
        planner.apply(.pod(Make.pod("first", on: "a", version: 9, containers: half)))
        #expect(bindings(planner.plan(now: .zero)).isEmpty)
        // Its end makes room, and the second need not wait longer than a second.
        planner.settle(writes[1], .done(revision: 0), now: .zero)
        planner.apply(.gone(Make.pod("first", on: "a", version: 9), at: 10))
        #expect(bindings(planner.plan(now: .zero)).isEmpty)
        #expect(bindings(planner.plan(now: .seconds(1))) == ["second": "a"])
    }

    @Test func aPodThatFitsNowhereWaitsLongerEachTimeAndTheReasonIsToldOnce() {
        var planner = planner(minions: ["a"])
        planner.apply(.pod(Make.pod("p", selector: ["disk": "ssd"])))
        let writes = planner.plan(now: .zero)
        #expect(explanations(writes) == ["p": "0 of 1 minion fits: 1 lacks the label disk=ssd"])
        planner.settle(writes[0], .done(revision: 0), now: .zero)
        var now = Duration.zero
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(planner.next == now + .seconds(seconds))
            now += .seconds(seconds)
            #expect(planner.plan(now: now).isEmpty)
        }
        // Another reason is told.
        planner.apply(
            .minionCondition("a", MinionCondition(.notReady(reason: "Docker", message: "down"), lastSeen: now)))
        _ = planner.plan(now: now)
        now += .seconds(60)
        #expect(explanations(planner.plan(now: now)) == ["p": "0 of 1 minion fits: 1 is not ready (Docker: down)"])
        // A minion that fits ends the wait.
        planner.take(.put(.minion(Make.minion("b", labels: ["disk": "ssd"]))), .ready("b"))
        #expect(planner.plan(now: now).isEmpty)
        #expect(bindings(planner.plan(now: now + .seconds(1))) == ["p": "b"])
    }

    @Test func aMinionWhoseEngineIsDownIsGivenNoPodUntilItIsBack() {
        var planner = planner(minions: ["a"])
        let closed = MinionCondition(.unschedulable(reason: "Degraded", message: "no engine"), lastSeen: .zero)
        planner.take(.minionCondition("a", closed), .pod(Make.pod("p")))
        #expect(
            explanations(planner.plan(now: .zero)) == ["p": "0 of 1 minion fits: 1 is not ready (Degraded: no engine)"])
        planner.apply(.ready("a"))
        #expect(bindings(planner.plan(now: .seconds(1))) == ["p": "a"])
    }

    @Test func anExplanationThatCouldNotBeToldIsToldAgain() {
        var planner = planner(minions: [])
        planner.apply(.pod(Make.pod("p")))
        let writes = planner.plan(now: .zero)
        #expect(explanations(writes) == ["p": "there are no minions"])
        planner.settle(writes[0], .unavailable("down"), now: .zero)
        #expect(explanations(planner.plan(now: .seconds(1))) == ["p": "there are no minions"])
    }

    @Test func aBindingThatFailsIsTakenBack() {
        for (outcome, wait) in [
            (WriteOutcome.conflict, PlannerLimits.conflictPause), (.refused("no"), .seconds(1)),
            (.unavailable("down"), .seconds(1)),
        ] {
            var planner = planner(minions: ["a"])
            planner.apply(.pod(Make.pod("p", containers: [Make.container(hostPort: 80)])))
            let writes = planner.plan(now: .zero)
            planner.settle(writes[0], outcome, now: .zero)
            #expect(planner.next == wait)
            #expect(planner.plan(now: .zero).isEmpty)
            #expect(bindings(planner.plan(now: wait)) == ["p": "a"])
        }
    }

    /// Deleted and made anew while the binding of the first is under way.
    @Test func aNewPodOfTheSameNameIsBoundToo() {
        for outcome in [WriteOutcome.conflict, .done(revision: 5)] {
            var planner = planner(minions: ["a"])
            planner.apply(.pod(Make.pod("p", version: 1, uuid: "1")))
            let writes = planner.plan(now: .zero)
            planner.take(.gone(Make.pod("p", uuid: "1"), at: 6), .pod(Make.pod("p", version: 7, uuid: "2")))
            #expect(planner.plan(now: .zero).isEmpty)
            planner.settle(writes[0], outcome, now: .zero)
            #expect(
                planner.plan(now: PlannerLimits.conflictPause)
                    == [.bind(Make.pod("p", version: 7, uuid: "2"), minion: "a")])
        }
    }

    @Test func aPodThatHasEndedForGoodLeavesItsRoom() {
        var planner = planner(minions: ["a"])
        let all = [Make.container(cpu: 1_000)]
        planner.take(
            .pod(Make.pod("job", on: "a", containers: all, restart: .never)), .pod(Make.pod("p", containers: all)))
        #expect(bindings(planner.plan(now: .zero)).isEmpty)
        planner.apply(.status("job", PodState(status: .terminated)))
        _ = planner.plan(now: .zero)
        #expect(bindings(planner.plan(now: .seconds(1))) == ["p": "a"])
    }

    @Test func onlySoManyBindingsAreUnderWay() {
        var planner = planner()
        for number in 0..<(PlannerLimits.writesUnderWay + 5) { planner.apply(.pod(Make.pod("p\(number)"))) }
        let writes = planner.plan(now: .zero)
        #expect(writes.count == PlannerLimits.writesUnderWay)
        #expect(planner.next == nil)
        planner.settle(writes[0], .done(revision: 9), now: .zero)
        #expect(planner.next == .zero)
        #expect(planner.plan(now: .zero).count == 1)
    }
}
