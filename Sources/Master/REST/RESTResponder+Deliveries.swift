import ClusterModel
import Machine

extension RESTResponder {
    /// How far the newest change of an object has got on each minion it concerns: what was sent, and what the minion acked.
    /// A master that does not lead speaks with no minion and knows of none.
    /// - Throws: `APIFailure` 404 for an object that is not there.
    func deliveries(of resource: Resource, _ name: String, _ query: RESTQuery) async throws(APIFailure) -> RESTAnswer {
        let namespace = resource.isNamespaced ? query.namespace ?? ObjectMeta.defaultNamespace : ""
        let object = try await registry.get(resource, namespace: namespace, name: name)
        let now = time.now()
        let items = minions.standings(of: object.ref).sorted { $0.key < $1.key }.map { minion, standing in
            JSONValue.object(standing.json(of: minion, now: now))
        }
        return .json(["kind": "DeliveryList", "apiVersion": "v1beta1", "items": .array(items)])
    }
}

extension PushStanding {
    /// `{"minion":"m1","phase":"failed","reason":…,"message":…,"resourceVersion":12,"connected":true}`; times in whole
    /// seconds before now.
    func json(of minion: String, now: Duration) -> JSONObject {
        var object: JSONObject = ["minion": .string(minion)]
        switch phase {
        case .waiting: object["phase"] = "waiting"
        case .sent: object["phase"] = "sent"
        case .received: object["phase"] = "received"
        case .applied: object["phase"] = "applied"
        case .failed(let reason, let message, let retryIn):
            object["phase"] = "failed"
            object["reason"] = .string(reason)
            object["message"] = .string(message)
            if let retryIn { object["retryInSeconds"] = .int(retryIn.components.seconds) }
        case .refused(_, let reason, let message):
            object["phase"] = "refused"
            object["reason"] = .string(reason)
            object["message"] = .string(message)
        }
        object["resourceVersion"] = .int(Int64(clamping: version))
        if isRemoval { object["removal"] = true }
        if let since { object["sinceSeconds"] = .int((now - since).components.seconds) }
        if let lastHeard { object["heardSeconds"] = .int((now - lastHeard).components.seconds) }
        switch connection {
        case .connected: object["connected"] = true
        case .lost(let reason):
            object["connected"] = false
            object["connection"] = .string(reason)
        }
        return object
    }
}
