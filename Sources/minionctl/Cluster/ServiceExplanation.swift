import ClusterModel

/// What is known of a service when somebody asks why nobody answers. Pure: it makes sentences of it.
struct ServiceExplanation {
    var service: JSONValue
    /// `host:port` each; `nil` where there is no endpoints object.
    var endpoints: [String]?
    /// The pods its selector matches, with their `currentState`.
    var pods: [JSONValue] = []
    /// What every minion acked (`/deliveries`).
    var deliveries: [JSONValue] = []

    /// Pods and minions that are told of one by one; the rest is counted.
    static let namedLimit = 10

    /// One sentence a line: the address, who answers, why others do not, and which minions lack the rule.
    var lines: [String] {
        let portal = service["portalIP"].cell
        var lines = [
            "service \(service.place) has \(portal.isEmpty ? "no portal IP" : "the portal \(portal):\(service["port"].number)")"
        ]
        let known = endpoints ?? []
        lines.append(
            known.isEmpty
                ? "endpoints: none, so that clients are reset" : "endpoints: \(Self.listed(known))")
        return lines + podLines + deliveryLines
    }

    private var podLines: [String] {
        let selector = service["selector"].pairs
        if selector.isEmpty { return ["selector: none; its endpoints are written by somebody else"] }
        if pods.isEmpty { return ["selector: no pod has \(selector)"] }
        let addresses = (endpoints ?? []).map { $0.prefix { $0 != ":" } }
        let idle = pods.filter { pod in
            let address = pod["currentState"]["podIP"].cell
            return address.isEmpty || !addresses.contains(address[...])
        }
        var lines = ["selector: \(pods.count) \(pods.count == 1 ? "pod has" : "pods have") \(selector)"]
        for pod in idle.prefix(Self.namedLimit) {
            let current = pod["currentState"]
            let message = current["message"].cell
            lines.append(
                "pod \(pod["id"].cell): is \(current["status"].cell)\(message.isEmpty ? "" : " (\(message))"), no endpoint"
            )
        }
        if idle.count > Self.namedLimit {
            lines.append("and \(idle.count - Self.namedLimit) pods more that are no endpoint")
        }
        return lines
    }

    private var deliveryLines: [String] {
        guard !deliveries.isEmpty else {
            return ["minions: this master has told none of it; the one that leads knows more"]
        }
        let late = deliveries.filter { $0["phase"] != "applied" || $0["connected"] == false }
        var lines = ["minions: \(deliveries.count - late.count) of \(deliveries.count) are as wanted"]
        for delivery in late.prefix(Self.namedLimit) {
            lines.append("minion \(delivery["minion"].cell): \(DeliveryWords.sentence(delivery))")
        }
        if late.count > Self.namedLimit { lines.append("and \(late.count - Self.namedLimit) minions more") }
        return lines
    }

    private static func listed(_ names: [String]) -> String {
        let rest = names.count - namedLimit
        return names.prefix(namedLimit).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

/// What a node alone knows of an object, in words.
enum NodeExplanation {
    /// One sentence a line about an object with the node's `currentState`.
    static func lines(of object: JSONValue, _ kind: ClusterKind) -> [String] {
        let current = object["currentState"]
        let message = current["message"].cell
        var lines: [String]
        if kind == .pods {
            let address = current["podIP"].cell
            lines = ["pod \(object.place) is \(current["status"].cell)" + (address.isEmpty ? "" : " at \(address)")]
        } else {
            let count = current["endpoints"].number
            lines = [
                "service \(object.place) has the portal \(object["portalIP"].cell):\(object["port"].number)",
                "rule: \(current["status"].cell)",
                count == 0 ? "endpoints: none, so that clients are reset" : "endpoints: \(count)",
            ]
        }
        if !message.isEmpty { lines.append("why: \(message)") }
        return lines + (kind == .pods ? ContainerWords.lines(of: object) : [])
    }
}
