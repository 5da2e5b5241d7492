public import ClusterModel

extension Reply {
    /// The reply as it stands on the wire, its members in the order of PROTOCOL.md.
    public func json() -> JSONObject {
        switch self {
        case .hello(let hello): hello.json()
        case .ready(let ready): ready.json()
        case .ack(let ack): ack.json()
        case .error(let fault): fault.json()
        case .result(let id, let kind, let items):
            .reply(.result, id, ["kind": .string(kind.listKind), "items": .array(items.map(JSONValue.object))])
        case .status(let id, let kind, let object, let removed):
            .reply(
                .status, id,
                ["kind": .string(kind.rawValue), "object": .object(object)] + (removed ? ["removed": true] : [:]))
        case .synced(let id): .reply(.synced, id)
        case .health(let id, let report): .reply(.health, id, report.members())
        case .pong(let id): .reply(.pong, id)
        case .end(let id): .reply(.end, id)
        }
    }

    /// Appends the reply's line, `\n` included.
    public func writeLine(into output: inout [UInt8]) {
        json().write(into: &output)
        output.append(UInt8(ascii: "\n"))
    }
}

extension Hello {
    fileprivate func json() -> JSONObject {
        .reply(.hello, nil, ["protocol": .int(Int64(protocolVersion)), "auth": .array(auth.map(JSONValue.string))])
    }
}

extension Ready {
    fileprivate func json() -> JSONObject {
        let versions = applied.sorted { $0.key < $1.key }.map {
            JSONObject.Member(key: $0.key, value: .counter($0.value))
        }
        return .reply(
            .ready, nil,
            [
                "node": .string(node), "agent": .string(agent), "term": .counter(term),
                "applied": .object(JSONObject(versions)),
            ])
    }
}

extension Ack {
    fileprivate func json() -> JSONObject {
        var object = JSONObject.reply(.ack, id)
        let name: JSONValue =
            switch phase {
            case .received: "received"
            case .applied: "applied"
            case .failed: "failed"
            }
        object.append("phase", name)
        object.append("resourceVersion", resourceVersion)
        switch phase {
        case .received: break
        case .applied(let took):
            if let took { object.append("tookMs", .int(took.milliseconds(.down))) }
        case .failed(let reason, let message, let retryIn):
            object.append("reason", .string(reason))
            object.append("message", .string(message))
            // Upwards: who asks again after that time finds that the try has begun.
            if let retryIn { object.append("retryInMs", .int(retryIn.milliseconds(.up))) }
        }
        if stale { object.append("stale", true) }
        if !warnings.isEmpty { object.append("warnings", .array(warnings.map(JSONValue.string))) }
        return object
    }
}

extension WireFault {
    fileprivate func json() -> JSONObject {
        var object = JSONObject.reply(.error, id)
        if let line { object.append("line", .int(Int64(line))) }
        object.append("code", .int(Int64(code)))
        object.append("reason", .string(reason.name))
        object.append("message", .string(message))
        if !causes.isEmpty { object.append("causes", .array(causes.map { .object($0.json()) })) }
        return object
    }
}

extension HealthReport {
    fileprivate func members() -> JSONObject {
        [
            "healthy": .bool(isHealthy), "node": .string(node), "agent": .string(agent),
            "uptimeSeconds": .int(uptime.components.seconds), "pods": .object(pods.json()),
            "services": .object(services.json()), "degraded": .array(degraded.map(JSONValue.string)),
        ]
    }
}

extension HealthReport.Count {
    fileprivate func json() -> JSONObject { ["desired": .int(Int64(desired)), "applied": .int(Int64(applied))] }
}

extension JSONObject {
    fileprivate static func reply(_ type: ReplyType, _ id: RequestID?, _ members: JSONObject = [:]) -> JSONObject {
        let head: JSONObject = ["type": .string(type.rawValue)]
        return head + (id.map { ["id": $0.json] } ?? [:]) + members
    }

    fileprivate static func + (left: JSONObject, right: JSONObject) -> JSONObject {
        JSONObject(left.members + right.members)
    }
}

extension Duration {
    /// Whole milliseconds; what is left of one is rounded as `rule` says.
    fileprivate func milliseconds(_ rule: FloatingPointRoundingRule) -> Int64 {
        let (seconds, attoseconds) = components
        let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        return seconds * 1000 + whole + (rule == .up && rest > 0 ? 1 : 0)
    }
}
