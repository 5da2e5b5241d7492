import ClusterModel

/// How board entries look in answers: the object as it was pushed, with its `currentState`.
enum BoardViews {
    /// The object of `entry`; of one that is no longer wanted only what identifies it, and `Terminating` until it is gone.
    static func object(_ key: ObjectKey, _ entry: BoardEntry?) -> JSONObject {
        guard let entry, let wanted = entry.wanted else {
            var object: JSONObject = [
                "kind": .string(key.kind.rawValue), "id": .string(key.name), "apiVersion": "v1beta1",
            ]
            if key.kind.isNamespaced { object["namespace"] = .string(key.namespace) }
            if entry != nil { object["currentState"] = ["status": "Terminating"] }
            return object
        }
        var object = wanted.object.json()
        switch wanted.object {
        case .pod(var pod):
            pod.currentState = podState(entry)
            object = pod.json()
        case .service:
            object["currentState"] = .object(serviceState(entry))
        case .endpoints:
            object["currentState"] = .object(state(entry, applied: "Served"))
        case .minion:
            object["currentState"] = .object(state(entry, applied: "Reachable"))
        }
        return object
    }

    private static func podState(_ entry: BoardEntry) -> PodState {
        var state = PodState(status: .waiting)
        if case .pod(let observed)? = entry.observed { state = observed }
        if case .failed(let reason, let message, _) = entry.standing, state.message.isEmpty {
            state.message = "\(reason): \(message)"
        }
        return state
    }

    private static func serviceState(_ entry: BoardEntry) -> JSONObject {
        var object = state(entry, applied: "Programmed")
        if case .service(let proxyPort, let endpoints)? = entry.observed {
            if let proxyPort { object["proxyPort"] = .int(Int64(proxyPort)) }
            object["endpoints"] = .int(Int64(endpoints))
        }
        return object
    }

    private static func state(_ entry: BoardEntry, applied: String) -> JSONObject {
        switch entry.standing {
        case .pending, .removed: ["status": "Waiting"]
        case .applied: ["status": .string(applied)]
        case .failed(let reason, let message, _): ["status": "Failed", "message": .string("\(reason): \(message)")]
        }
    }
}

/// What the node itself looks like on the wire: the only object of kind Node.
struct NodeView: Sendable, Equatable {
    var name: String
    var version: String
    var pods: Int
    var services: Int
    var problems: [String]
    /// Why no pod can be started now; `nil` when one can.
    var unschedulable: String?

    /// `{"kind":"Node","id":…,"currentState":{"status":"Ready"|"Degraded",…}}`. With `unschedulable` a master gives it no more
    /// pods and takes none away.
    var object: JSONObject {
        var state: JSONObject = [
            "status": .string(problems.isEmpty ? "Ready" : "Degraded"), "agent": .string(version),
            "pods": .int(Int64(pods)), "services": .int(Int64(services)),
        ]
        if !problems.isEmpty { state["message"] = .string(problems.joined(separator: "; ")) }
        if let unschedulable { state["unschedulable"] = .string(unschedulable) }
        return ["kind": "Node", "id": .string(name), "apiVersion": "v1beta1", "currentState": .object(state)]
    }

    /// The one line of STATUS=.
    var statusLine: String {
        let counts = "\(pods) pods, \(services) services"
        return problems.isEmpty ? counts : counts + "; degraded: " + problems.joined(separator: "; ")
    }
}
