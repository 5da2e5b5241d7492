import ClusterModel

/// What an answer says of an object beside what is stored (reference §1.2, §1.7).
extension MirrorContents {
    /// The object with its current state, as a GET or a list shows it.
    func shown(_ object: APIObject) -> APIObject {
        switch object {
        case .pod(var pod):
            pod.currentState = currentState(of: pod)
            return .pod(pod)
        case .replicationController(var controller):
            controller.currentReplicas = replicas(of: controller)
            return .replicationController(controller)
        case .minion(var minion):
            // No client of 2014 knows it, and the recorded answers have nothing in its place.
            minion.podCIDR = nil
            return .minion(minion)
        case .service, .endpoints, .event:
            return object
        }
    }

    /// Whether a list shows the object: minions that cannot be reached are left out (reference §6.6).
    func isListed(_ object: APIObject) -> Bool {
        guard case .minion(let minion) = object else { return true }
        return conditions[minion.meta.name]?.standing != .unreachable
    }

    private func currentState(of pod: Pod) -> PodState {
        let host = pod.desiredState.host
        if host.isEmpty { return PodState(status: .waiting, message: podStates[pod.ref]?.message ?? "") }
        if objects[.minion]?[ObjectRef(.minion, name: host)] == nil {
            return PodState(status: .terminated, message: "there is no minion \(host)", host: host)
        }
        var state = podStates[pod.ref] ?? PodState(status: .waiting)
        state.manifest = ContainerManifest()
        state.host = host
        state.status = state.status ?? .waiting
        if conditions[host]?.standing == .unreachable {
            state.status = .terminated
            state.message = "minion \(host) cannot be reached"
        }
        return state
    }

    private func replicas(of controller: ReplicationController) -> Int {
        let selector = controller.desiredState.replicaSelector
        return objects[.pod, default: [:]].values.count { object in
            object.meta.namespace == controller.meta.namespace
                && selector.allSatisfy { object.labels[$0.key] == $0.value }
        }
    }
}

extension Pod {
    fileprivate var ref: ObjectRef { ObjectRef(.pod, namespace: meta.namespace, name: meta.name) }
}
