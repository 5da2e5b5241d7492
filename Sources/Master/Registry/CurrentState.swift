import ClusterModel

/// What an answer says of an object beside what is stored (reference §1.2, §1.7).
extension MirrorContents {
    /// The object with its current state, as a GET or a list shows it.
    /// - Parameter counts: the pods of each controller, where several are shown; else they are counted for this one.
    func shown(_ object: APIObject, counts: [ObjectRef: Int]? = nil) -> APIObject {
        switch object {
        case .pod(var pod):
            pod.currentState = currentState(of: pod)
            return .pod(pod)
        case .replicationController(var controller):
            let ref = object.ref
            controller.currentReplicas = (counts ?? replicaCounts(of: [object]))[ref] ?? 0
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

    /// How many pods each controller among `objects` selects: one pass over all pods, however many controllers there are.
    func replicaCounts(of objects: [APIObject]) -> [ObjectRef: Int] {
        let census = ReplicaCensus(of: objects)
        return census.isEmpty ? [:] : census.counts(in: self.objects[.pod, default: [:]].values)
    }
}

extension Pod {
    fileprivate var ref: ObjectRef { ObjectRef(.pod, namespace: meta.namespace, name: meta.name) }
}
