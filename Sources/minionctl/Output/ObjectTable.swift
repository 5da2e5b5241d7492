import ClusterModel

/// What `get` can show, by the words a person types.
enum Resource: String, CaseIterable {
    case pods, services, endpoints, nodes

    /// Accepts singular and short forms, as people type them.
    init?(word: String) {
        switch word.lowercased() {
        case "pods", "pod", "po": self = .pods
        case "services", "service", "svc": self = .services
        case "endpoints", "endpoint", "ep": self = .endpoints
        case "nodes", "node", "minions", "minion", "no": self = .nodes
        default: return nil
        }
    }

    /// The kind on the wire.
    var kind: String {
        switch self {
        case .pods: "Pod"
        case .services: "Service"
        case .endpoints: "Endpoints"
        case .nodes: "Node"
        }
    }

    /// The headings of its table.
    var headings: [String] {
        switch self {
        case .pods: ["NAME", "NAMESPACE", "STATUS", "RESTARTS", "IP", "IMAGES", "MESSAGE"]
        case .services: ["NAME", "NAMESPACE", "PORTAL IP", "PORT", "PROXY PORT", "ENDPOINTS", "STATUS", "MESSAGE"]
        case .endpoints: ["NAME", "NAMESPACE", "ENDPOINTS"]
        case .nodes: ["NAME", "STATUS", "PODS", "SERVICES", "AGENT", "MESSAGE"]
        }
    }

    /// One object as a row of its table.
    func row(_ object: JSONValue) -> [String] {
        let current = object["currentState"]
        let name = object["id"].cell
        let namespace = object.namespaceCell
        switch self {
        case .pods:
            return [
                name, namespace, current["status"].cell, String(current.restarts), current["podIP"].cell,
                object["desiredState"]["manifest"].images, current["message"].cell,
            ]
        case .services:
            let port = "\(object["port"].number)/\(object["protocol"].cell.isEmpty ? "TCP" : object["protocol"].cell)"
            return [
                name, namespace, object["portalIP"].cell, port, current["proxyPort"].cell,
                current["endpoints"].cell, current["status"].cell, current["message"].cell,
            ]
        case .endpoints:
            return [name, namespace, object["endpoints"].elements.map(\.cell).joined(separator: ",")]
        case .nodes:
            return [
                name, current["status"].cell, current["pods"].cell, current["services"].cell, current["agent"].cell,
                current["message"].cell,
            ]
        }
    }
}

extension JSONValue {
    /// The member of an object, `null` where there is none; so that a table reads what it can.
    subscript(key: String) -> JSONValue {
        if case .object(let object) = self { return object[key] ?? .null }
        return .null
    }

    var members: [JSONObject.Member] {
        if case .object(let object) = self { return object.members }
        return []
    }

    var elements: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// A string as it is, a number or a boolean in digits or letters, nothing for the rest.
    var cell: String {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let flag): String(flag)
        case .double(let number): "\(number)"
        case .null, .array, .object: ""
        }
    }

    var number: Int {
        if case .int(let number) = self { return Int(number) }
        return 0
    }
}
