import APIClient
import ClusterModel

/// What an object of a file would make of the stored one of its name.
struct Replacement {
    let kind: ClusterKind
    let namespace: String
    let wanted: JSONObject
    let stored: JSONObject

    /// Whether what is stored would be the same after a write: then none is needed, which would be pushed to every minion. Both
    /// are read as the server reads them, so that what a file leaves to defaults is no difference; of what the file is silent
    /// about, or may not say, the server keeps its own (reference §1.1, §1.2). What cannot be read is not the same: the server
    /// says why.
    var changesNothing: Bool {
        guard let kind = APIKind(rawValue: kind.resource.kind) else { return false }
        let decoder = APIDecoder(allowPrivileged: true)
        let new: APIObject
        do throws(APIFailure) {
            new = try decoder.decode(.object(wanted), as: kind, namespace: namespace)
        } catch {
            return false
        }
        let old = decoder.stored(stored, at: new.ref, resourceVersion: 0)
        return Self.kept(new, from: old) == old
    }

    /// The new object with what the server gave the old one.
    private static func kept(_ new: APIObject, from old: APIObject) -> APIObject {
        var kept = new
        switch (new, old) {
        case (.pod(var pod), .pod(let old)):
            pod.desiredState = PodState(
                manifest: pod.manifest, status: old.desiredState.status, host: old.desiredState.host)
            pod.desiredState.manifest.uuid = old.manifest.uuid
            pod.currentState = old.currentState
            kept = .pod(pod)
        case (.service(var service), .service(let old)):
            if service.portalIP.isEmpty { service.portalIP = old.portalIP }
            service.proxyPort = old.proxyPort
            kept = .service(service)
        case (.replicationController(var controller), .replicationController(let old)):
            controller.currentReplicas = old.currentReplicas
            // The first write drops the template's name, a later one keeps it, and neither means anything.
            controller.desiredState.podTemplate.manifest.id = old.desiredState.podTemplate.manifest.id
            kept = .replicationController(controller)
        default: break
        }
        var meta = old.meta
        meta.annotations = new.meta.annotations
        if !new.meta.uid.isEmpty { meta.uid = new.meta.uid }
        kept.meta = meta
        return kept
    }
}
