import ClusterModel

@testable import Master

/// Objects of the planners' tests, with what does not matter left out.
enum Make {
    static func name(_ name: String) -> ObjectName { ObjectName(namespace: "default", name: name) }

    static func container(
        _ name: String = "c", port: Int = 80, portName: String = "", hostPort: Int = 0, cpu: Int64 = 0,
        memory: Int64 = 0
    ) -> Container {
        Container(
            name: name, image: "image",
            ports: [ContainerPort(name: portName, hostPort: hostPort, containerPort: port)], memory: memory, cpu: cpu)
    }

    static func pod(
        _ name: String, labels: [String: String] = ["name": "web"], on host: String = "", version: UInt64 = 1,
        uuid: String = "", containers: [Container] = [container()], volumes: [Volume] = [],
        restart: RestartPolicy = .always, selector: [String: String] = [:], made: String? = nil
    ) -> Pod {
        Pod(
            meta: ObjectMeta(name: name, creationTimestamp: made, resourceVersion: version), labels: labels,
            desiredState: PodState(
                manifest: ContainerManifest(
                    version: "v1beta1", id: name, uuid: uuid, volumes: volumes, containers: containers,
                    restartPolicy: restart),
                status: .running, host: host),
            nodeSelector: selector)
    }

    static func running(_ address: String, containers: [String] = ["c"], host: String = "") -> PodState {
        let status = ContainerStatus(state: .running(startedAt: "2014-10-21T00:00:00Z"))
        return PodState(
            status: .running, host: host, podIP: address,
            info: Dictionary(uniqueKeysWithValues: containers.map { ($0, status) }))
    }

    static func service(
        _ name: String = "web", selector: [String: String] = ["name": "web"], port: PortReference? = nil
    ) -> Service {
        Service(meta: ObjectMeta(name: name), port: 80, selector: selector, containerPort: port)
    }

    static func minion(
        _ name: String, cpu: Int64 = 1_000, memory: Int64 = 1 << 30, labels: [String: String] = [:]
    ) -> Minion {
        Minion(
            meta: ObjectMeta(name: name, namespace: ""),
            capacity: ["cpu": .number(cpu), "memory": .number(memory)], labels: labels)
    }

    static func controller(
        _ name: String, replicas: Int, selector: [String: String] = ["name": "web"], version: UInt64 = 1,
        labels: [String: String] = ["name": "web"]
    ) -> ReplicationController {
        ReplicationController(
            meta: ObjectMeta(name: name, resourceVersion: version),
            desiredState: ReplicationState(
                replicas: replicas, replicaSelector: selector,
                podTemplate: PodTemplate(
                    manifest: ContainerManifest(version: "v1beta1", containers: [container()]),
                    nodeSelector: ["disk": "ssd"], labels: labels)))
    }
}

extension ClusterChange {
    static func pod(_ pod: Pod) -> ClusterChange { .put(.pod(pod)) }
    static func status(_ pod: String, _ state: PodState) -> ClusterChange {
        .podStatus(ObjectRef(.pod, name: pod), state)
    }
    static func ready(_ minion: String) -> ClusterChange {
        .minionCondition(minion, MinionCondition(.ready, lastSeen: .zero))
    }
    static func unreachable(_ minion: String, since: Duration?) -> ClusterChange {
        .minionCondition(minion, MinionCondition(.unreachable, lastSeen: since))
    }
    static func minion(_ name: String) -> ClusterChange { .put(.minion(Make.minion(name))) }
    static func gone(_ pod: Pod, at revision: UInt64) -> ClusterChange { .removed(last: .pod(pod), revision: revision) }
}

extension ControllerPlanner {
    /// Takes changes one after the other.
    mutating func take(_ changes: ClusterChange...) {
        for change in changes { apply(change) }
    }

    /// Takes changes one after the other.
    mutating func take(_ changes: [ClusterChange]) {
        for change in changes { apply(change) }
    }
}
