import APIClient
import ClusterModel

/// Objects of an API server as rows.
extension ClusterKind {
    /// The headings of its table; `isWide` adds what is rarely looked for.
    func headings(isWide: Bool) -> [String] {
        switch self {
        case .pods:
            ["NAME", "NAMESPACE", "STATUS", "RESTARTS", "MINION", "IMAGES", "MESSAGE"]
                + (isWide ? ["IP", "LABELS", "VERSION"] : [])
        case .services:
            ["NAME", "NAMESPACE", "PORTAL IP", "PORT", "SELECTOR"]
                + (isWide ? ["CONTAINER PORT", "LABELS", "VERSION"] : [])
        case .endpoints:
            ["NAME", "NAMESPACE", "ENDPOINTS"] + (isWide ? ["VERSION"] : [])
        case .replicationControllers:
            ["NAME", "NAMESPACE", "REPLICAS", "SELECTOR", "IMAGES"] + (isWide ? ["LABELS", "VERSION"] : [])
        case .minions:
            ["NAME", "STATUS", "HOST IP", "POD NET", "CPU", "MEMORY", "LABELS"]
                + (isWide ? ["MESSAGE", "VERSION"] : [])
        case .events:
            ["TIME", "OBJECT", "SOURCE", "STATUS", "REASON", "MESSAGE"] + (isWide ? ["NAME", "NAMESPACE"] : [])
        }
    }

    /// One object as a row of that table.
    func row(_ object: JSONValue, isWide: Bool) -> [String] {
        let narrow = narrowRow(object)
        guard isWide else { return narrow }
        let labels = object["labels"].pairs
        let version = object["resourceVersion"].cell
        switch self {
        case .pods: return narrow + [object["currentState"]["podIP"].cell, labels, version]
        case .services: return narrow + [object["containerPort"].cell, labels, version]
        case .endpoints: return narrow + [version]
        case .minions: return narrow + [object["currentState"]["message"].cell, version]
        case .replicationControllers: return narrow + [labels, version]
        case .events: return narrow + [object["id"].cell, object.namespaceCell]
        }
    }

    private func narrowRow(_ object: JSONValue) -> [String] {
        let name = object["id"].cell
        let current = object["currentState"]
        switch self {
        case .pods:
            return [
                name, object.namespaceCell, current["status"].cell, String(current.restarts), current["host"].cell,
                object["desiredState"]["manifest"].images, current["message"].cell,
            ]
        case .services:
            let transport = object["protocol"].cell.isEmpty ? "TCP" : object["protocol"].cell
            return [
                name, object.namespaceCell, object["portalIP"].cell, "\(object["port"].number)/\(transport)",
                object["selector"].pairs,
            ]
        case .endpoints:
            return [name, object.namespaceCell, object["endpoints"].elements.map(\.cell).joined(separator: ",")]
        case .replicationControllers:
            let desired = object["desiredState"]
            return [
                name, object.namespaceCell, "\(current["replicas"].number)/\(desired["replicas"].number)",
                desired["replicaSelector"].pairs, desired["podTemplate"]["desiredState"]["manifest"].images,
            ]
        case .minions:
            let capacity = object["resources"]["capacity"]
            return [
                name, [current["status"].cell, current["reason"].cell].filter { !$0.isEmpty }.joined(separator: ": "),
                object["hostIP"].cell, object["podCIDR"].cell, capacity["cpu"].cell, capacity["memory"].cell,
                object["labels"].pairs,
            ]
        case .events:
            let involved = object["involvedObject"]
            return [
                object["creationTimestamp"].cell, "\(involved["kind"].cell.lowercased())/\(involved["name"].cell)",
                object["source"].cell, object["status"].cell, object["reason"].cell, object["message"].cell,
            ]
        }
    }
}

extension JSONValue {
    /// `k=v,k=v` in order of the keys.
    var pairs: String {
        members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.cell)" }.joined(separator: ",")
    }

    /// The namespace an object is in.
    var namespaceCell: String {
        self["namespace"].cell.isEmpty ? ObjectMeta.defaultNamespace : self["namespace"].cell
    }

    /// Of a pod's `currentState`: how often its containers were made anew, the network's left out.
    var restarts: Int {
        self["info"].members.filter { $0.key != "net" }.reduce(0) { $0 + $1.value["restartCount"].number }
    }

    /// Of a manifest: its containers' images.
    var images: String { self["containers"].elements.map { $0["image"].cell }.joined(separator: ",") }
}
