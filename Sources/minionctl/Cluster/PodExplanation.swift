import ClusterModel

/// What is known of a pod when somebody asks why it does not run. Pure: it makes sentences of it.
struct PodExplanation {
    /// With its `currentState`.
    var pod: JSONValue
    /// `nil` where the minion is well, else what is wrong with it.
    var minionTrouble: String?
    /// What the pod's minion acked (`/deliveries`); `null` where this master has not told it of the pod.
    var delivery: JSONValue = .null
    /// Of the pod, oldest first.
    var events: [JSONValue] = []

    /// Events that are told: the newest.
    static let eventLimit = 5

    /// One sentence a line: where it stands, then every station on the way from the scheduler to the containers.
    var lines: [String] {
        let current = pod["currentState"]
        let host = pod["desiredState"]["host"].cell
        let status = current["status"].cell.isEmpty ? "Waiting" : current["status"].cell
        let address = current["podIP"].cell
        var lines = [
            "pod \(pod.place) is \(status)" + (host.isEmpty ? "" : " on minion \(host)")
                + (address.isEmpty ? "" : " at \(address)")
        ]
        let message = current["message"].cell
        if host.isEmpty {
            lines.append(
                message.isEmpty
                    ? "scheduler: it has not looked at the pod yet; does a master lead?" : "scheduler: \(message)")
        } else {
            lines.append("minion \(host): \(minionTrouble ?? "ready")")
            lines.append("delivery: \(DeliveryWords.sentence(delivery))")
            if !message.isEmpty { lines.append("minion \(host) says: \(message)") }
        }
        lines += ContainerWords.lines(of: pod)
        for event in events.suffix(Self.eventLimit) {
            let (time, source) = (event["creationTimestamp"].cell, event["source"].cell)
            lines.append("event \(time) \(source) \(event["reason"].cell): \(event["message"].cell)")
        }
        return lines
    }
}

/// How far a change has got on a minion, in words.
enum DeliveryWords {
    /// A sentence about one item of `/deliveries`.
    static func sentence(_ delivery: JSONValue) -> String {
        guard delivery != .null else {
            return "this master has not told the minion; the one that leads knows more"
        }
        let (reason, message) = (delivery["reason"].cell, delivery["message"].cell)
        let words =
            switch delivery["phase"].cell {
            case "waiting": "not sent yet"
            case "sent": "sent; the minion has not said that it is stored"
            case "received": "stored by the minion, which works on it"
            case "applied": "the minion is as wanted"
            case "failed":
                "failed: \(reason): \(message)"
                    + (delivery["retryInSeconds"] == .null
                        ? "" : "; the minion tries again in \(delivery["retryInSeconds"].number) s")
            case "refused": "refused by the minion: \(reason): \(message)"
            case let other: other
            }
        let cut = delivery["connected"] == false ? "; no connection: \(delivery["connection"].cell)" : ""
        return words + cut
    }
}

/// The containers of a pod, in words.
enum ContainerWords {
    /// A line for each container of the manifest that something is known of, and for the network where it does not run.
    static func lines(of pod: JSONValue) -> [String] {
        let info = pod["currentState"]["info"]
        let names = pod["desiredState"]["manifest"]["containers"].elements.map { $0["name"].cell }
        let network = info["net"]["state"]["running"] == .null ? ["net"] : []
        return (network + names).compactMap { name in
            let status = info[name]
            guard status != .null else { return nil }
            let count = status["restartCount"].number
            let restarts = count == 0 ? "" : ", restarted \(count) \(count == 1 ? "time" : "times")"
            return "container \(name): \(state(status["state"]))\(restarts)"
        }
    }

    private static func state(_ state: JSONValue) -> String {
        if state["running"] != .null { return "runs since \(state["running"]["startedAt"].cell)" }
        let end = state["termination"]
        if end != .null {
            let why = [end["reason"].cell, end["message"].cell].filter { !$0.isEmpty }.joined(separator: ": ")
            return "ended with \(end["exitCode"].number) at \(end["finishedAt"].cell)"
                + (why.isEmpty ? "" : " (\(why))")
        }
        let reason = state["waiting"]["reason"].cell
        return "waits" + (reason.isEmpty ? "" : ": \(reason)")
    }
}

extension JSONValue {
    /// `default/web`.
    var place: String { "\(namespaceCell)/\(self["id"].cell)" }
}
