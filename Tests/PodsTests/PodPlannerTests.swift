import ClusterModel
import Testing

@testable import Pods

@Suite("A plan for a wanted pod")
struct PodPlannerTests {
    @Test("starts the network first, then the containers in the order of the manifest")
    func freshPod() {
        let pod = makePod(containers: [Container(name: "b", image: "img"), Container(name: "a", image: "img")])
        let plan = Scene(pod).plan
        let starts = ["net", "b", "a"].map { PodAction.start(container: $0, attempt: 0) }
        #expect(plan.actions == starts)
        #expect(plan.verdict == .pending)
        #expect(plan.state.status == .waiting)
        #expect(plan.state.info["a"]?.state == .waiting(reason: "ContainerCreating"))
    }

    @Test("makes the folders of emptyDir volumes before the first container, once")
    func emptyDir() {
        let pod = makePod(
            volumes: [Volume(name: "data", source: .emptyDir)],
            containers: [Container(name: "a", image: "img"), Container(name: "b", image: "img")])
        #expect(
            Scene(pod).plan.actions == [
                .start(container: "net", attempt: 0), .makeVolumes, .start(container: "a", attempt: 0),
                .start(container: "b", attempt: 0),
            ])
    }

    @Test("does nothing about a pod that is as wanted, and says so")
    func asWanted() {
        let plan = Scene.running().plan
        #expect(plan.actions == [])
        #expect(plan.wakeAt == nil)
        #expect(plan.verdict == .applied)
        #expect(plan.state.status == .running)
        #expect(plan.state.podIP == "172.17.0.2")
        #expect(plan.state.info["app"]?.state == .running(startedAt: "2014-10-21T12:00:00Z"))
        #expect(plan.state.info["net"]?.podIP == "172.17.0.2")
    }

    @Test("replaces a container whose spec changed in place: the network stays")
    func changedSpec() {
        var scene = Scene(makePod())
        scene.add("net", .up)
        let old = scene.add("app", .up, hash: "old", stopSignal: "QUIT")
        scene.look()
        #expect(scene.plan.actions == [.signal([old], signal: "QUIT", purpose: .replace)])
        #expect(scene.plan.verdict == .pending)

        scene.memory.noteSignal([old], isKill: false, purpose: .replace, now: scene.now)
        scene.observed[1].state = .down(137)
        #expect(scene.look() == [], "an end we caused is no crash")
        #expect(scene.plan.actions == [.start(container: "app", attempt: 1)])
    }

    @Test("starts a replaced container whatever its policy, and one whose network was lost unless it may run only once")
    func replacementAndPolicy() {
        for (policy, purpose, starts) in [
            (RestartPolicy.never, StopPurpose.replace, true), (.onFailure, .replace, true),
            (.never, .rebuild, false), (.onFailure, .rebuild, true), (.always, .rebuild, true),
        ] {
            var scene = Scene(makePod(policy: policy))
            scene.add("net", .up)
            let app = scene.add("app", .up)
            scene.look()
            scene.memory.noteSignal([app], isKill: false, purpose: purpose, now: scene.now)
            scene.observed[1].state = .down(0)
            scene.look()
            let wanted: [PodAction] = starts ? [.start(container: "app", attempt: 1)] : []
            #expect(scene.plan.actions == wanted, "\(policy) \(purpose)")
        }
    }

    @Test("starts a replaced container at once, whatever crashed before it")
    func replacementAfterCrashes() {
        var scene = Scene.running()
        scene.memory.containers["app"]?.crashes = 5
        scene.memory.noteSignal([scene.observed[1]], isKill: false, purpose: .replace, now: scene.now)
        scene.observed[1].state = .down(1)
        scene.look()
        #expect(scene.plan.actions == [.start(container: "app", attempt: 1)])
    }

    @Test("ends what is joined to a dead network, then builds everything anew")
    func deadNetwork() {
        var scene = Scene.running()
        let app = scene.observed[1]
        scene.observed[0].state = .down(0)
        scene.look()
        #expect(scene.plan.actions == [.signal([app], signal: "TERM", purpose: .rebuild)])

        scene.memory.noteSignal([app], isKill: false, purpose: .rebuild, now: scene.now)
        scene.observed[1].state = .down(143)
        scene.look()
        #expect(scene.plan.actions == [], "the network's own back-off")
        #expect(scene.plan.wakeAt == scene.now + .seconds(1))
        scene.now += .seconds(1)
        #expect(
            scene.plan.actions == [.start(container: "net", attempt: 1), .start(container: "app", attempt: 1)])
    }

    @Test("rebuilds the pod when its ports change: containers first, the network last")
    func changedPorts() {
        let ports = [ContainerPort(hostPort: 8080, containerPort: 80)]
        var scene = Scene(makePod(containers: [Container(name: "app", image: "img", ports: ports)]))
        let net = scene.add("net", .up, hash: "old")
        let app = scene.add("app", .up)
        scene.look()
        #expect(scene.plan.actions == [.signal([app], signal: "TERM", purpose: .replace)])
        scene.memory.noteSignal([app], isKill: false, purpose: .replace, now: scene.now)
        scene.observed[1].state = .down(0)
        scene.look()
        #expect(scene.plan.actions == [.signal([net], signal: "TERM", purpose: .replace)])
        scene.memory.noteSignal([net], isKill: false, purpose: .replace, now: scene.now)
        scene.observed[0].state = .down(0)
        scene.look()
        #expect(
            scene.plan.actions == [.start(container: "net", attempt: 1), .start(container: "app", attempt: 1)])
    }

    @Test("ends a container joined to an earlier network")
    func foreignNetwork() {
        var scene = Scene(makePod())
        scene.add("net", .up)
        let app = scene.add("app", .up, network: "gone")
        scene.look()
        #expect(scene.plan.actions == [.signal([app], signal: "TERM", purpose: .rebuild)])
    }

    @Test("keeps one of two instances and ends the double")
    func doubles() {
        var scene = Scene.running()
        let double = scene.observed[1]
        scene.add("app", .up, attempt: 1)
        scene.look()
        #expect(scene.plan.actions == [.signal([double], signal: "TERM", purpose: .unwanted)])
        #expect(scene.plan.verdict == .applied)
    }

    @Test("ends and removes a container that left the manifest")
    func leftManifest() {
        var scene = Scene.running()
        let left = scene.add("gone", .up)
        let dead = scene.add("gone", .down(1), attempt: 1, hash: "x")
        #expect(
            scene.plan.actions == [
                .signal([left], signal: "TERM", purpose: .unwanted), .remove([dead]),
            ])
    }

    @Test("removes what never started and the dead beyond the newest")
    func garbage() {
        var scene = Scene.running()
        scene.observed.removeAll { $0.labels.container == "app" }
        let oldest = scene.add("app", .down(1), attempt: 0)
        scene.add("app", .down(1), attempt: 1)
        scene.add("app", .up, attempt: 2)
        let unborn = scene.add("app", .created, attempt: 3)
        scene.look()
        #expect(scene.plan.actions == [.remove([unborn, oldest])])
        #expect(scene.plan.state.info["app"]?.restartCount == 2, "counted without what never started")
    }

    @Test("ends nothing while the picture is not complete")
    func incomplete() {
        var changed = Scene(makePod())
        changed.add("net", .up)
        changed.add("app", .up, hash: "old")
        changed.mayStop = false
        changed.look()
        #expect(changed.plan.actions == [])
        #expect(changed.plan.verdict == .pending)

        var earlier = Scene(makePod())
        earlier.add("net", .up, uid: "u0")
        earlier.mayStop = false
        #expect(earlier.plan.actions == [])
    }

    @Test("takes an earlier incarnation down before anything is started, its volumes too")
    func earlierIncarnation() {
        var scene = Scene(makePod(uid: "u2"))
        let net = scene.add("net", .up, uid: "u1", id: "oldnet")
        let app = scene.add("app", .up, uid: "u1", id: "oldapp")
        scene.look()
        #expect(scene.plan.actions == [.signal([app], signal: "TERM", purpose: .unwanted)])
        scene.memory.noteSignal([app], isKill: false, purpose: .unwanted, now: scene.now)
        scene.observed[1].state = .down(0)
        #expect(scene.plan.actions == [.remove([net, scene.observed[1]])])
        scene.observed = []
        #expect(
            scene.plan.actions == [
                .removeVolumes(uid: "u1"), .start(container: "net", attempt: 0),
                .start(container: "app", attempt: 0),
            ])
    }

    @Test("starts nothing behind an obstacle, and leaves alone what runs")
    func obstacle() {
        var fresh = Scene(makePod())
        fresh.obstacle = PodObstacle(reason: "HostPortConflict", message: "taken")
        #expect(fresh.plan.actions == [])
        #expect(fresh.plan.verdict == .failed(reason: "HostPortConflict", message: "taken", retryAt: nil))
        #expect(fresh.plan.state.info["app"]?.state == .waiting(reason: "HostPortConflict"))

        var running = Scene.running()
        running.obstacle = fresh.obstacle
        #expect(running.plan.actions == [])
        #expect(running.plan.state.status == .running)
    }

    @Test("a pod without containers is its network")
    func noContainers() {
        let pod = makePod(containers: [])
        #expect(Scene(pod).plan.actions == [.start(container: "net", attempt: 0)])
        #expect(Scene.running(pod).plan.verdict == .applied)
        #expect(Scene.running(pod).plan.state.status == .running)
    }

    @Test("waits for a container the engine does not tell of, and acts for the others")
    func unknownContainer() {
        let pod = makePod(containers: [Container(name: "a", image: "img"), Container(name: "b", image: "img")])
        var scene = Scene(pod)
        scene.add("net", .up)
        scene.add("a", .unknown("no answer"))
        scene.look()
        #expect(scene.plan.actions == [.start(container: "b", attempt: 0)])
        #expect(
            scene.plan.verdict
                == .failed(reason: "ContainerUnknown", message: "container a: no answer", retryAt: nil))
    }

    @Test("believes what it knew of a container that does not answer this time, and says that it does not")
    func doubt() {
        var scene = Scene.running()
        var silent = scene.observed[1]
        silent.state = .unknown("no answer")
        scene.observed[1] = silent.after(scene.observed[1])
        scene.look()
        #expect(scene.plan.actions == [])
        #expect(scene.plan.verdict == .applied)
        #expect(scene.plan.state.message == "app: no answer")
    }
}
