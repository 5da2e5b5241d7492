import ClusterModel

@testable import Master

/// A service as the mirror has it.
func makeService(_ name: String, version: UInt64, portalIP: String = "10.11.0.1", port: Int = 80) -> APIObject {
    .service(
        Service(
            meta: ObjectMeta(name: name, resourceVersion: version), port: port, selector: ["name": name],
            portalIP: portalIP))
}

/// Endpoints as the mirror has them.
func makeEndpoints(_ name: String, version: UInt64) -> APIObject {
    .endpoints(Endpoints(meta: ObjectMeta(name: name, resourceVersion: version), endpoints: ["10.244.1.2:80"]))
}

/// A pod as the mirror has it, bound to `host` unless that is empty.
func makePod(_ name: String, on host: String, version: UInt64) -> APIObject {
    let manifest = ContainerManifest(version: "v1beta1", id: name, containers: [Container(name: "c", image: "busybox")])
    return .pod(
        Pod(
            meta: ObjectMeta(name: name, resourceVersion: version),
            desiredState: PodState(manifest: manifest, host: host)))
}

/// A minion as the mirror has it.
func makeMinion(
    _ name: String, version: UInt64, hostIP: String = "", podCIDR: String = "", labels: [String: String] = [:]
) -> APIObject {
    .minion(
        Minion(
            meta: ObjectMeta(name: name, resourceVersion: version, namespace: ""), hostIP: hostIP, labels: labels,
            podCIDR: IPv4Network(podCIDR)))
}

/// The key of a service in the default namespace.
func serviceKey(_ name: String) -> ObjectKey { ObjectKey(kind: .service, name: name) }

/// The key of a pod in the default namespace.
func podKey(_ name: String) -> ObjectKey { ObjectKey(kind: .pod, name: name) }
