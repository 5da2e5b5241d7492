import ClusterModel

@testable import Pods

/// A wanted pod.
func makePod(
    _ name: String = "web", uid: String = "u1", generation: UInt64 = 1, policy: RestartPolicy = .always,
    volumes: [Volume] = [], containers: [Container] = [Container(name: "app", image: "img")]
) -> DesiredPod {
    let manifest = ContainerManifest(
        version: "v1beta1", id: name, volumes: volumes, containers: containers, restartPolicy: policy)
    return DesiredPod(
        pod: Pod(meta: ObjectMeta(name: name), desiredState: PodState(manifest: manifest)), source: "master", uid: uid,
        generation: generation)
}

/// The key of a pod in the default namespace.
func podKey(_ name: String = "web") -> ObjectKey { ObjectKey(kind: .pod, name: name) }

/// A pod as the engine shows it and the planner sees it.
struct Scene {
    var desired: DesiredPod?
    var observed: [ObservedContainer] = []
    var memory = PodMemory()
    var obstacle: PodObstacle?
    var mayStop = true
    var now: Duration = .seconds(1000)
    var limits = PodLimits()

    init(_ desired: DesiredPod?) { self.desired = desired }

    var situation: PodSituation {
        PodSituation(
            key: desired?.pod.key ?? podKey(), blueprint: desired.map { PodBlueprint($0) }, observed: observed,
            memory: memory, obstacle: obstacle, networkImage: "pause", mayStop: mayStop, now: now)
    }

    var plan: PodPlan { PodPlanner(limits: limits).plan(situation) }

    /// An instance made from what is wanted, or from another spec.
    @discardableResult
    mutating func add(
        _ container: String, _ state: ObservedContainer.State, attempt: Int = 0, hash: String? = nil,
        uid: String? = nil, network: String? = "net0", id: String? = nil, stopSignal: String = "TERM"
    ) -> ObservedContainer {
        let wanted = desired.map { PodBlueprint($0) }?.hashes[container]
        let seen = ObservedContainer(
            id: id ?? "\(container)\(attempt)", name: "minion_\(container)_\(attempt)",
            labels: ContainerLabels(
                pod: "web", namespace: "default", uid: uid ?? desired?.uid ?? "u1", container: container,
                hash: hash ?? wanted ?? "", source: "master", attempt: attempt),
            image: "img", state: state, stopSignal: stopSignal,
            sharesNetworkWith: container == "net" ? nil : network, address: container == "net" ? "172.17.0.2" : "")
        observed.append(seen)
        return seen
    }

    /// Learns what is there now, as the reconciler does after a look.
    @discardableResult
    mutating func look() -> [PodMemory.Crash] {
        memory.observe(observed, uid: desired?.uid ?? "u1", now: now, limits: limits)
    }

    /// A pod whose network and containers all run.
    static func running(_ desired: DesiredPod = makePod()) -> Scene {
        var scene = Scene(desired)
        scene.add("net", .up)
        for container in desired.pod.manifest.containers { scene.add(container.name, .up) }
        scene.look()
        return scene
    }
}

extension ObservedContainer.State {
    static let up = ObservedContainer.State.running(startedAt: "2014-10-21T12:00:00.123Z")

    static func down(_ code: Int) -> ObservedContainer.State {
        .exited(
            ObservedContainer.Exit(
                code: code, startedAt: "2014-10-21T12:00:00.123Z", finishedAt: "2014-10-21T12:00:05.5Z"))
    }
}
