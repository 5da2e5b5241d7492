import ClusterModel

/// What the server adds to objects and takes from them (reference §1.1, §1.2, §1.7), decided without a store.
enum ObjectDefaults {
    /// The object as it is first stored, but for what is allocated. A pod gets `uuid` and begins unscheduled; minions alone
    /// carry no time.
    ///
    /// Throws 400 when it says to have a version already, 422 when it asks for what there is not.
    static func created(_ object: APIObject, timestamp: String, uuid: String) throws(APIFailure) -> APIObject {
        var object = object
        guard object.meta.resourceVersion == 0 else {
            throw .badRequest("resourceVersion may not be set on objects to be created")
        }
        object.meta.creationTimestamp = object.kind == .minion ? nil : timestamp
        switch object {
        case .pod(var pod):
            var manifest = pod.manifest
            manifest.uuid = uuid
            manifest.id = pod.meta.name
            pod.desiredState = PodState(manifest: manifest, status: .running)
            pod.currentState = PodState(status: .waiting)
            return .pod(pod)
        case .replicationController(var controller):
            controller.desiredState.podTemplate.manifest.id = ""
            return .replicationController(controller)
        case .service(let service):
            return .service(try served(service))
        case .event(let event):
            try check(event)
            return object
        case .endpoints, .minion:
            return object
        }
    }

    /// The object as it replaces `old`, which has its name: what the server gave it once stays.
    ///
    /// Throws 422 when something is to be changed that cannot be.
    static func updated(_ new: APIObject, from old: APIObject) throws(APIFailure) -> APIObject {
        var new = new
        new.meta.creationTimestamp = old.meta.creationTimestamp
        if new.meta.uid.isEmpty { new.meta.uid = old.meta.uid }
        switch (new, old) {
        case (.pod(let pod), .pod(let old)):
            return .pod(try updated(pod, from: old))
        case (.service(var service), .service(let old)):
            if service.portalIP.isEmpty { service.portalIP = old.portalIP }
            guard old.portalIP.isEmpty || service.portalIP == old.portalIP else {
                throw .refused(
                    service.meta, "service", .fieldValueInvalid, "portalIP", service.portalIP, "it cannot change")
            }
            return .service(try served(service))
        case (.minion(var minion), .minion(let old)):
            minion.podCIDR = minion.podCIDR ?? old.podCIDR
            guard old.podCIDR == nil || minion.podCIDR == old.podCIDR else {
                throw .refused(
                    minion.meta, "minion", .fieldValueInvalid, "podCIDR", minion.podCIDR?.description ?? "",
                    "it cannot change")
            }
            return .minion(minion)
        default:
            return new
        }
    }

    /// A pod that has a minion may change its images, labels and annotations only (reference §1.2).
    private static func updated(_ pod: Pod, from old: Pod) throws(APIFailure) -> Pod {
        var pod = pod
        pod.desiredState = PodState(
            manifest: pod.manifest, status: old.desiredState.status, host: old.desiredState.host)
        pod.desiredState.manifest.uuid = old.manifest.uuid
        pod.currentState = old.currentState
        guard !old.desiredState.host.isEmpty else { return pod }
        var allowed = old.manifest
        for (index, container) in zip(allowed.containers.indices, pod.manifest.containers) {
            allowed.containers[index].image = container.image
        }
        guard pod.manifest == allowed else {
            throw .refused(
                pod.meta, "pod", .fieldValueInvalid, "desiredState.manifest", "",
                "of a pod that has a minion only images may change")
        }
        return pod
    }

    private static func served(_ service: Service) throws(APIFailure) -> Service {
        guard !service.createExternalLoadBalancer else {
            throw APIFailure(
                422, .invalid, "requested an external service, but no cloud provider supplied.",
                details: .init(id: service.meta.name, kind: "service"))
        }
        var service = service
        // The proxies choose their own (reference §1.1).
        service.proxyPort = 0
        return service
    }

    /// The namespace of what an event is about, where it says one, is the event's (reference §1.6).
    private static func check(_ event: Event) throws(APIFailure) {
        let involved = event.involvedObject.namespace
        guard involved.isEmpty || involved == event.meta.namespace else {
            throw .refused(
                event.meta, "event", .fieldValueInvalid, "involvedObject.namespace", involved,
                "it must be the event's own")
        }
    }
}

extension APIFailure {
    /// 422 for one field, whose message says more than the words of 2014 could.
    static func refused(
        _ meta: ObjectMeta, _ kind: String, _ reason: CauseReason, _ field: String, _ value: String, _ why: String
    ) -> APIFailure {
        var failure = APIFailure.invalid(
            kind, meta.name, [FieldCause(reason: reason, field: field, message: why, value: value)])
        failure.status.message += ": \(why)"
        return failure
    }
}
