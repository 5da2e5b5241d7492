public import ClusterModel

extension Reply {
    /// The reply as it stands on the wire, its members in the order of PROTOCOL.md.
    public func json() -> JSONObject {
        switch self {
        case .hello(let hello): hello.json()
        case .ready(let ready): ready.json()
        case .ack(let ack): ack.json()
        case .error(let fault): fault.json()
        case .result(let id, let kind, let items, let more):
            .reply(
                .result, id,
                ["kind": .string(kind.listKind), "items": .array(items.map(JSONValue.object))]
                    + (more ? ["more": true] : [:]))
        case .status(let id, let kind, let object, let removed):
            .reply(
                .status, id,
                ["kind": .string(kind.rawValue), "object": .object(object)] + (removed ? ["removed": true] : [:]))
        case .synced(let id): .reply(.synced, id)
        case .log(let id, let line): .reply(.log, id, line.members())
        case .health(let id, let report): .reply(.health, id, report.members())
        case .pong(let id): .reply(.pong, id)
        case .end(let id): .reply(.end, id)
        }
    }

    /// From here on an answer to `get` goes on in another line: 1 MiB, so that the line stays below any peer's bound
    /// (`LineLimits.maxLineBytes`), unless a single object is longer.
    public static let resultPieceBytes = 1_024 * 1_024

    /// Appends the reply's line, `\n` included; of a long `result` as many lines as it takes, `more` on all but the last.
    public func writeLine(into output: inout [UInt8]) {
        if case .result(let id, let kind, let items, let more) = self {
            return Self.writeResult(id, kind, items, more: more, into: &output)
        }
        json().write(into: &output)
        output.append(UInt8(ascii: "\n"))
    }

    private static func writeResult(
        _ id: RequestID?, _ kind: ObservedKind, _ items: [JSONObject], more: Bool, into output: inout [UInt8]
    ) {
        let emptyLine = Array(Reply.result(id: id, kind: kind, items: []).json().text.utf8)
        let head = emptyLine.dropLast("]}".utf8.count)
        output += head
        var lineStart = output.count
        var isFirst = true
        for item in items {
            let itemStart = output.count
            if !isFirst { output.append(UInt8(ascii: ",")) }
            item.write(into: &output)
            if !isFirst && output.count - lineStart > resultPieceBytes {
                // It begins the next line instead.
                let moved = output[(itemStart + 1)...]
                output.replaceSubrange(itemStart..., with: Array("],\"more\":true}\n".utf8) + head + moved)
                lineStart = output.count - moved.count
            }
            isFirst = false
        }
        output += Array((more ? "],\"more\":true}\n" : "]}\n").utf8)
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
            ] + (kinds.isEmpty ? [:] : ["kinds": .array(kinds.map(JSONValue.string))]))
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

extension LogLine {
    fileprivate func members() -> JSONObject {
        ["stream": .string(stream.rawValue), "time": .string(time), "line": .string(text)]
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
