import ClusterModel
import Machine
import NodeKit
import Synchronization
import Testing
import Wire

@testable import Master

@Suite("A link to a minion")
struct MinionLinkTests {
    @Test("gives a new minion everything at once, then what changes")
    func pushes() async throws {
        try await FakeMinion.run { minion, port in
            let push = PushLink(port: port)
            push.put(makeService("web", version: 1), makePod("p", on: "m1", version: 2))
            push.put(makePod("other", on: "m2", version: 3))
            try await push.run {
                try await eventually("the full set") { minion.objects.count == 2 }
                #expect(minion.fullSets == 1)
                #expect(minion.changes.isEmpty)
                push.put(makeService("api", version: 4))
                push.remove(makeService("web", version: 1), at: 5)
                try await eventually("the changes") { minion.changes == ["apply api 4", "remove web 5"] }
                #expect(minion.objects == [podKey("p"): 2, serviceKey("api"): 4])
                try await eventually("applied") { push.phase(serviceKey("web")) == .applied }
            }
        }
    }

    @Test("goes on after a cut with what has changed meanwhile, and no more")
    func resumes() async throws {
        try await FakeMinion.run { minion, port in
            let push = PushLink(port: port)
            push.put(makeService("web", version: 1))
            try await push.run {
                try await eventually("the full set") { push.phase(serviceKey("web")) == .applied }
                minion.cut()
                push.put(makeService("api", version: 2))
                try await eventually("the change") { minion.objects[serviceKey("api")] == 2 }
                try await eventually("a new session") { minion.sessions == 2 }
                #expect(minion.fullSets == 1)
                #expect(minion.changes == ["apply api 2"])
            }
        }
    }

    @Test("tells an agent of its peers once it takes them, all of them after an upgrade")
    func peers() async throws {
        try await FakeMinion.run { minion, port in
            let push = PushLink(port: port)
            let peer = ObjectKey(kind: .minion, name: "10.0.0.2")
            push.put(makeService("web", version: 1), makeMinion("10.0.0.2", version: 2, podCIDR: "10.244.2.0/24"))
            try await push.run {
                try await eventually("the full set") { push.phase(serviceKey("web")) == .applied }
                #expect(minion.objects == [serviceKey("web"): 1])
                #expect(push.phase(peer) == nil)
                minion.state.withLock { $0.kinds = ObjectKind.allCases.map(\.rawValue) }
                minion.cut()
                try await eventually("the peer") { minion.objects[peer] == 2 }
                #expect(minion.fullSets == 2)
                try await eventually("applied") { push.phase(peer) == .applied }
                push.put(makeMinion("10.0.0.3", version: 3, podCIDR: "10.244.3.0/24"))
                try await eventually("the new one") { minion.changes == ["apply 10.0.0.3 3"] }
            }
        }
    }

    @Test("gives everything again to a minion that lost what it had")
    func lostState() async throws {
        try await FakeMinion.run { minion, port in
            let push = PushLink(port: port)
            push.put(makeService("web", version: 1))
            try await push.run {
                try await eventually("the full set") { push.phase(serviceKey("web")) == .applied }
                minion.state.withLock { ($0.objects, $0.applied) = ([:], 0) }
                minion.cut()
                try await eventually("all of it again") { !minion.objects.isEmpty }
                #expect(minion.fullSets == 2)
            }
        }
    }

    @Test("gives the rest where an object is refused, says why, and offers it anew when it changes")
    func refusals() async throws {
        try await FakeMinion.run { minion, port in
            minion.state.withLock { $0.faults.refused = ["bad"] }
            let push = PushLink(port: port)
            push.put(makeService("bad", version: 1), makeService("good", version: 2))
            try await push.run {
                try await eventually("the rest as a set") { minion.fullSets == 1 }
                #expect(minion.objects == [serviceKey("good"): 2])
                let refusal = PushStanding.Phase.refused(
                    code: 422, reason: "Invalid", message: "bad is not liked here")
                #expect(push.phase(serviceKey("bad")) == refusal)
                minion.state.withLock { $0.faults.refused = [] }
                push.put(makeService("bad", version: 3))
                try await eventually("the mended one") { minion.objects[serviceKey("bad")] == 3 }
            }
        }
    }

    @Test("stops writing to a minion that follows a newer leader, and says so")
    func superseded() async throws {
        try await FakeMinion.run { minion, port in
            minion.state.withLock { $0.faults.term = 7 }
            let push = PushLink(port: port, term: 6)
            push.put(makeService("web", version: 1))
            try await push.run {
                let standing = MinionCondition.Standing.notReady(reason: "StaleTerm", message: "term 7 was seen")
                try await eventually("the end") { push.observer.standing == standing }
            }
            #expect(minion.objects.isEmpty)
            #expect(minion.sessions == 1)
            #expect(push.outranked.value == 7, "should this master still lead, its term is too low")
            #expect(push.log.messages(with: "follows a newer leader than term 6").count == 1)
        }
    }

    @Test("leaves a minion alone for a while that follows a newer leader, and then asks again")
    func supersededAgain() async throws {
        try await FakeMinion.run { minion, port in
            minion.state.withLock { $0.faults.term = 7 }
            let clock = ManualClock()
            let push = PushLink(port: port, time: MonotonicTime(clock), term: 6)
            try await push.run {
                let retry = PushLink.settings.supersededRetry
                try await eventually("the pause") { clock.nextDeadline?.offset == retry }
                #expect(minion.sessions == 1)
                minion.state.withLock { $0.faults.term = 6 }
                clock.advance(by: retry)
                try await eventually("served") { push.observer.standing == .ready }
            }
        }
    }

    @Test("tells what the minion says of its own pods and of itself")
    func reports() async throws {
        try await FakeMinion.run { minion, port in
            let push = PushLink(port: port)
            push.put(makePod("p", on: "m1", version: 1), makePod("other", on: "m2", version: 2))
            try await push.run {
                try await eventually("ready") { push.observer.standing == .ready }
                for name in ["other", "p"] {
                    try await minion.say(
                        .pod,
                        [
                            "kind": "Pod", "id": .string(name), "apiVersion": "v1beta1", "namespace": "default",
                            "desiredState": ["manifest": ["version": "v1beta1", "id": .string(name)]],
                            "currentState": ["status": "Running", "podIP": "10.244.1.9"],
                        ])
                }
                try await eventually("the pod") { push.observer.state(of: "p") != nil }
                #expect(push.observer.state(of: "p")?.podIP == "10.244.1.9")
                #expect(push.observer.state(of: "p")?.status == .running)
                #expect(push.observer.state(of: "other") == nil)
                try await minion.say(.node, ["currentState": ["status": "Stopping", "message": "no engine"]])
                let stopping = MinionCondition.Standing.notReady(reason: "Stopping", message: "no engine")
                try await eventually("stopping") { push.observer.standing == stopping }
                try await minion.say(
                    .node, ["currentState": ["status": "Degraded", "unschedulable": "container engine unreachable"]])
                let closed = MinionCondition.Standing.unschedulable(
                    reason: "Degraded", message: "container engine unreachable")
                try await eventually("no more pods") { push.observer.standing == closed }
                #expect(!push.observer.isGone("p"))
                try await minion.say(
                    .pod, ["kind": "Pod", "id": "p", "apiVersion": "v1beta1", "namespace": "default"], removed: true)
                try await eventually("the pod's end") { push.observer.isGone("p") }
            }
        }
    }

    @Test(
        "gives nothing to a minion that knows more, until the mirror has come so far: only a store that is behind is right"
    )
    func laggingMirror() async throws {
        try await FakeMinion.run { minion, port in
            minion.state.withLock { state in
                state.applied = 50
                state.objects = [serviceKey("kept"): 50]
            }
            let clock = ManualClock()
            let push = PushLink(port: port, time: MonotonicTime(clock))
            push.storeRevision.value = 50
            push.put(makeService("web", version: 40))
            try await push.run {
                for _ in 0..<20 {
                    try await eventually("it waits") {
                        clock.nextDeadline?.duration(to: clock.now) == .zero - PushSettings.catchUpPause
                    }
                    clock.advance(by: PushSettings.catchUpPause)
                }
                #expect(minion.fullSets == 0)
                push.put(makeService("kept", version: 50))
                try await eventually("it looks again") {
                    clock.advance(by: PushSettings.catchUpPause)
                    return minion.objects == [serviceKey("web"): 40, serviceKey("kept"): 50]
                }
            }
        }
    }

    @Test("gives up a minion that says nothing, and comes back to it")
    func silence() async throws {
        try await FakeMinion.run { minion, port in
            let clock = ManualClock()
            var settings = PushLink.settings
            settings.pingInterval = .seconds(10)
            settings.silenceDeadline = .seconds(30)
            let push = PushLink(port: port, settings: settings, time: MonotonicTime(clock))
            try await push.run {
                try await eventually("ready") { push.observer.standing == .ready }
                // Nothing but the pong is to be heard later on.
                try await eventually("all acks") {
                    push.link.state.withLock { $0.planner.stage == .differences && $0.planner.outstanding.isEmpty }
                }
                try await eventually("a sleeper") { clock.sleeperCount == 1 }
                clock.advance(by: .seconds(10))
                try await eventually("a pong") { push.link.state.withLock { $0.lastHeard } == .seconds(10) }
                minion.state.withLock { $0.faults.isSilent = true }
                for _ in 1...3 {
                    try await eventually("a sleeper") { clock.sleeperCount == 1 }
                    clock.advance(by: .seconds(10))
                }
                try await eventually("lost") { push.observer.standing == .unreachable }
                #expect(push.log.messages(with: "lost minion m1").count == 1)
                minion.state.withLock { $0.faults.isSilent = false }
                try await eventually("a sleeper") { clock.sleeperCount == 1 }
                clock.advance(by: settings.firstRetry)
                try await eventually("back") { push.observer.standing == .ready }
            }
        }
    }

    @Test("gives up a minion that is silent from the beginning")
    func silenceFromTheBeginning() async throws {
        try await FakeMinion.run { minion, port in
            minion.state.withLock { $0.faults.isSilent = true }
            let clock = ManualClock()
            let push = PushLink(port: port, time: MonotonicTime(clock))
            try await push.run {
                for _ in 1...3 {
                    try await eventually("a sleeper") { clock.sleeperCount == 1 }
                    clock.advance(by: .seconds(10))
                }
                try await eventually("lost") { push.observer.standing == .unreachable }
            }
        }
    }

    @Test("tries on while nobody answers, with waits that grow")
    func nobodyThere() async throws {
        let port = try await freePort()
        let clock = ManualClock()
        var settings = PushLink.settings
        settings.firstRetry = .seconds(2)
        settings.lastRetry = .seconds(4)
        let push = PushLink(port: port, settings: settings, time: MonotonicTime(clock))
        try await push.run {
            for seconds in [1, 3, 5] {
                try await eventually("a wait") { clock.nextDeadline?.offset == .seconds(seconds) }
                clock.advance(by: (clock.nextDeadline?.offset ?? .zero) - clock.now.offset)
            }
            #expect(push.observer.standings.allSatisfy { $0 == .unreachable })
            guard case .lost? = push.link.state.withLock({ $0.connection }) as PushStanding.Connection? else {
                Issue.record("still connected")
                return
            }
        }
    }

    private func freePort() async throws -> Int {
        var port = 0
        try await FakeMinion.run { port = $1 }
        return port
    }
}
