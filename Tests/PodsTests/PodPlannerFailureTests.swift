import ClusterModel
import Testing

@testable import Pods

@Suite("A plan after a failure")
struct PodPlannerFailureTests {
    /// How the only container of a running pod ended, and what becomes of it.
    struct End: Sendable, CustomTestStringConvertible {
        var policy: RestartPolicy
        var code: Int
        var restarts: Bool
        var verdict: PodVerdict?

        var testDescription: String { "\(policy), exit code \(code)" }
    }

    @Test(
        "follows the restart policy",
        arguments: [
            End(policy: .always, code: 0, restarts: true), End(policy: .always, code: 1, restarts: true),
            End(policy: .onFailure, code: 1, restarts: true),
            End(policy: .onFailure, code: 0, restarts: false, verdict: .applied),
            End(policy: .never, code: 0, restarts: false, verdict: .applied),
            End(
                policy: .never, code: 3, restarts: false,
                verdict: .failed(reason: "ContainerFailed", message: "container app exited with 3", retryAt: nil)),
        ])
    func policy(_ end: End) {
        var scene = Scene.running(makePod(policy: end.policy))
        scene.observed[1].state = .down(end.code)
        #expect(scene.look().count == 1)
        #expect(scene.plan.actions == [], "not before its time")
        if end.restarts {
            let due = scene.now + .seconds(1)
            #expect(scene.plan.wakeAt == due)
            let message = "container app: exited with \(end.code)"
            #expect(scene.plan.verdict == .failed(reason: "ContainerExited", message: message, retryAt: due))
            scene.now = due
            #expect(scene.plan.actions == [.start(container: "app", attempt: 1)])
        } else {
            #expect(scene.plan.wakeAt == nil)
            #expect(scene.plan.verdict == end.verdict)
            #expect(scene.plan.state.status == .terminated)
            scene.now += .seconds(3600)
            #expect(scene.plan.actions == [])
        }
    }

    @Test(
        "runs a changed spec whose former instance had ended, at once and whatever the policy",
        arguments: [RestartPolicy.always, .onFailure, .never])
    func formerSpec(policy: RestartPolicy) {
        var scene = Scene(makePod(policy: policy))
        scene.add("net", .up)
        scene.add("app", .up, hash: "former")
        scene.look()
        scene.observed[1].state = .down(0)
        scene.look()
        #expect(scene.plan.actions == [.start(container: "app", attempt: 1)])
        scene.observed[0].state = .down(0)
        #expect(
            scene.plan.actions == [.start(container: "net", attempt: 1), .start(container: "app", attempt: 1)],
            "and its network with it")
    }

    @Test("waits twice as long after each crash in a row, a minute at most", arguments: [1, 0])
    func backOff(code: Int) {
        var scene = Scene.running()
        var waits: [Duration] = []
        for attempt in 0..<9 {
            scene.observed.removeAll { $0.labels.container == "app" }
            scene.add("app", .up, attempt: attempt)
            scene.look()
            scene.observed[scene.observed.count - 1].state = .down(code)
            scene.look()
            let due = scene.plan.wakeAt ?? .zero
            waits.append(due - scene.now)
            scene.now = due
        }
        let wanted = code == 0 ? [1, 2, 4, 5, 5, 5, 5, 5, 5] : [1, 2, 4, 8, 16, 32, 60, 60, 60]
        #expect(waits == wanted.map { Duration.seconds($0) })
    }

    @Test("names the loop from the second crash on, and counts")
    func crashLoop() {
        var scene = Scene.running()
        scene.observed[1].state = .down(1)
        scene.look()
        scene.add("app", .down(1), attempt: 1)
        scene.look()
        #expect(scene.plan.state.info["app"]?.state == .waiting(reason: "CrashLoopBackOff"))
        #expect(scene.plan.state.info["app"]?.restartCount == 1)
        #expect(
            scene.plan.verdict
                == .failed(
                    reason: "CrashLoopBackOff", message: "container app: exited with 1, 2 times in a row",
                    retryAt: scene.now + .seconds(2)))
    }

    @Test("forgives earlier crashes after ten minutes of running")
    func forgiveness() {
        for (minutes, wait) in [(9, 8), (10, 1)] {
            var scene = Scene.running()
            scene.memory.containers["app"]?.crashes = 3
            scene.now += .seconds(minutes * 60)
            scene.observed[1].state = .down(1)
            scene.look()
            #expect(scene.plan.wakeAt == scene.now + .seconds(wait), "\(minutes) min")
        }
    }

    @Test("starts at once what was dead when the agent started, as after a reboot")
    func deadAtStart() {
        var scene = Scene(makePod())
        scene.add("net", .down(0), attempt: 4)
        scene.add("app", .down(137), attempt: 7)
        #expect(scene.look() == [])
        #expect(
            scene.plan.actions == [.start(container: "net", attempt: 5), .start(container: "app", attempt: 8)])
    }

    @Test("tries a refused start again, later each time, with the engine's words")
    func refusal() {
        var scene = Scene(makePod())
        scene.add("net", .up)
        scene.look()
        let error = RuntimeError(.refused, "no such runtime")
        for (count, wait) in [(1, 1), (2, 2), (3, 4)] {
            scene.memory.noteRefusal(of: "app", error, policy: .ifNotPresent, now: scene.now, limits: scene.limits)
            let due = scene.now + .seconds(wait)
            #expect(scene.plan.actions == [], "\(count)")
            #expect(
                scene.plan.verdict
                    == .failed(reason: "RunContainerError", message: "container app: no such runtime", retryAt: due))
            scene.now = due
            #expect(scene.plan.actions == [.start(container: "app", attempt: 0)])
        }
        scene.memory.noteStart(of: "app", attempt: 0)
        #expect(scene.memory.containers["app"]?.refusal == nil)
    }

    @Test("a container that fails does not keep the next from starting")
    func sidecar() {
        var scene = Scene(
            makePod(containers: [Container(name: "a", image: "img"), Container(name: "b", image: "img")]))
        scene.add("net", .up)
        scene.look()
        scene.memory.noteRefusal(
            of: "a", RuntimeError(.refused, "no"), policy: .never, now: scene.now, limits: scene.limits)
        #expect(scene.plan.actions == [.start(container: "b", attempt: 0)])
    }

    @Test("SIGKILL follows the stop signal after the grace, and again, and then the engine's force")
    func escalation() {
        var scene = Scene.running()
        scene.desired = nil
        let (net, app) = (scene.observed[0], scene.observed[1])
        #expect(scene.plan.actions == [.signal([app], signal: "TERM", purpose: .unwanted)])
        scene.memory.noteSignal([app], isKill: false, purpose: .unwanted, now: scene.now)
        #expect(scene.plan.actions == [])
        #expect(scene.plan.wakeAt == scene.now + .seconds(1))
        scene.now += .seconds(10)
        #expect(scene.plan.actions == [.signal([app], signal: "KILL", purpose: .unwanted)])
        scene.memory.noteSignal([app], isKill: true, purpose: .unwanted, now: scene.now)
        scene.now += .seconds(9)
        #expect(scene.plan.actions == [])
        scene.now += .seconds(1)
        #expect(scene.plan.actions == [.remove([net, app])])
    }
}

@Suite("A plan for a pod nobody wants")
struct PodRemovalTests {
    @Test("ends containers with grace, then removes all, then the volumes, and is done when nothing is left")
    func removal() {
        var scene = Scene.running()
        scene.desired = nil
        let (net, app) = (scene.observed[0], scene.observed[1])
        #expect(scene.plan.actions == [.signal([app], signal: "TERM", purpose: .unwanted)])
        #expect(scene.plan.verdict == .pending)
        scene.observed[1].state = .down(0)
        #expect(scene.plan.actions == [.remove([net, scene.observed[1]])], "a network has nothing to lose")
        scene.observed = []
        #expect(scene.plan.actions == [.removeVolumes(uid: "u1")])
        scene.memory.volumes = []
        #expect(scene.plan.actions == [])
        #expect(scene.plan.verdict == .removed)
        _ = app
    }

    @Test("each container is told with the signal its image names")
    func stopSignals() {
        var scene = Scene(nil)
        let a = scene.add("a", .up, stopSignal: "QUIT")
        let b = scene.add("b", .up)
        let c = scene.add("c", .up)
        #expect(
            scene.plan.actions == [
                .signal([a], signal: "QUIT", purpose: .unwanted), .signal([b, c], signal: "TERM", purpose: .unwanted),
            ])
    }

    @Test("says what could not be removed, and tries again later")
    func refusedRemoval() {
        var scene = Scene(nil)
        let dead = scene.add("app", .down(0))
        scene.memory.noteRemovalFailure("RemoveContainerError", "busy", now: scene.now, limits: scene.limits)
        let due = scene.now + .seconds(1)
        #expect(scene.plan.actions == [])
        #expect(scene.plan.wakeAt == due)
        #expect(scene.plan.verdict == .failed(reason: "RemoveContainerError", message: "busy", retryAt: due))
        scene.now = due
        #expect(scene.plan.actions == [.remove([dead])])
    }

    @Test("waits for what the engine is taking away already")
    func removing() {
        var scene = Scene(nil)
        scene.add("app", .removing)
        #expect(scene.plan.actions == [])
        #expect(scene.plan.wakeAt == scene.now + .seconds(1))
    }

    @Test("ends what does not answer too")
    func unknown() {
        var scene = Scene(nil)
        let app = scene.add("app", .unknown("no answer"))
        #expect(scene.plan.actions == [.signal([app], signal: "TERM", purpose: .unwanted)])
    }
}
