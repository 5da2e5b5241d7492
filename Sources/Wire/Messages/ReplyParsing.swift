import ClusterModel

extension Reply {
    /// The reply in `line`, without its end.
    ///
    /// `nil` for a `type` that is newer than this client: it is to be passed over. Throws `BadRequest` when the line is no
    /// JSON object, or lacks what its type must have; the fault has the id, if that could be read.
    public static func parse(line: [UInt8]) throws(WireFault) -> Reply? {
        let value: JSONValue
        do {
            value = try JSONText.parse(line)
        } catch {
            throw WireFault(.badRequest, "the reply is not JSON: \(error)")
        }
        guard case .object(let object) = value, let name = object.string("type") else {
            throw WireFault(.badRequest, "the reply is not a JSON object with a type")
        }
        guard let type = ReplyType(rawValue: name) else { return nil }
        let id = object["id"].flatMap(RequestID.init)
        guard let reply = object.reply(type, id) else {
            throw WireFault(.badRequest, "a reply of type \"\(name)\" lacks what it must have: \(value.text)", id: id)
        }
        return reply
    }
}

extension JSONObject {
    fileprivate func reply(_ type: ReplyType, _ id: RequestID?) -> Reply? {
        switch type {
        case .hello: hello().map(Reply.hello)
        case .ready: ready().map(Reply.ready)
        case .ack: id.flatMap { ack(id: $0) }.map(Reply.ack)
        case .error: fault(id: id).map(Reply.error)
        case .result: result(id)
        case .status: status(id)
        case .synced: .synced(id: id)
        case .log: logLine().map { .log(id: id, $0) }
        case .health: health().map { .health(id: id, $0) }
        case .pong: .pong(id: id)
        case .end: .end(id: id)
        }
    }

    private func hello() -> Hello? {
        guard let version = int("protocol") else { return nil }
        return Hello(protocolVersion: version, auth: strings("auth"))
    }

    private func ready() -> Ready? {
        guard let node = string("node"), let agent = string("agent"), let term = counter("term"),
            let versions = object("applied")
        else { return nil }
        var applied: [String: UInt64] = [:]
        for member in versions.members {
            applied[member.key] = versions.counter(member.key)
        }
        return Ready(node: node, agent: agent, term: term, applied: applied, kinds: strings("kinds"))
    }

    private func ack(id: RequestID) -> Ack? {
        guard let phase = phase() else { return nil }
        return Ack(
            id: id, phase: phase, resourceVersion: counter("resourceVersion"), stale: self["stale"] == true,
            warnings: strings("warnings"))
    }

    private func phase() -> Ack.Phase? {
        switch string("phase") {
        case "received": .received
        case "applied": .applied(took: milliseconds("tookMs"))
        case "failed":
            .failed(
                reason: string("reason") ?? "", message: string("message") ?? "", retryIn: milliseconds("retryInMs"))
        default: nil
        }
    }

    private func fault(id: RequestID?) -> WireFault? {
        guard let code = int("code"), let reason = string("reason"), let message = string("message") else { return nil }
        let causes = objects("causes").compactMap { cause -> FieldCause? in
            guard let reason = cause.string("reason").flatMap(CauseReason.init(rawValue:)) else { return nil }
            return FieldCause(
                reason: reason, field: cause.string("field") ?? "", message: cause.string("message") ?? "")
        }
        return WireFault(
            FaultReason(code: code, name: reason), message, causes: causes, id: id, line: int("line"))
    }

    private func result(_ id: RequestID?) -> Reply? {
        guard let name = string("kind"), let kind = ObservedKind.allCases.first(where: { $0.listKind == name }) else {
            return nil
        }
        return .result(id: id, kind: kind, items: objects("items"), more: self["more"] == true)
    }

    private func status(_ id: RequestID?) -> Reply? {
        guard let kind = string("kind").flatMap(ObservedKind.init(rawValue:)), let object = object("object") else {
            return nil
        }
        return .status(id: id, kind: kind, object: object, removed: self["removed"] == true)
    }

    private func logLine() -> LogLine? {
        guard let stream = string("stream").flatMap(LogLine.Stream.init(rawValue:)), let text = string("line") else {
            return nil
        }
        return LogLine(stream: stream, time: string("time") ?? "", text: text)
    }

    private func health() -> HealthReport? {
        guard let node = string("node"), let agent = string("agent"), let uptime = int("uptimeSeconds"),
            let pods = object("pods")?.count(), let services = object("services")?.count()
        else { return nil }
        return HealthReport(
            node: node, agent: agent, uptime: .seconds(uptime), pods: pods, services: services,
            degraded: strings("degraded"))
    }

    private func count() -> HealthReport.Count? {
        guard let desired = int("desired"), let applied = int("applied") else { return nil }
        return HealthReport.Count(desired: desired, applied: applied)
    }
}

extension JSONObject {
    fileprivate func string(_ key: String) -> String? {
        if case .string(let text)? = self[key] { text } else { nil }
    }

    fileprivate func int(_ key: String) -> Int? {
        if case .int(let number)? = self[key] { Int(exactly: number) } else { nil }
    }

    fileprivate func counter(_ key: String) -> UInt64? {
        if case .int(let number)? = self[key] { UInt64(exactly: number) } else { nil }
    }

    fileprivate func milliseconds(_ key: String) -> Duration? {
        int(key).map { .milliseconds($0) }
    }

    fileprivate func object(_ key: String) -> JSONObject? {
        if case .object(let object)? = self[key] { object } else { nil }
    }

    fileprivate func objects(_ key: String) -> [JSONObject] {
        guard case .array(let elements)? = self[key] else { return [] }
        return elements.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    fileprivate func strings(_ key: String) -> [String] {
        guard case .array(let elements)? = self[key] else { return [] }
        return elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
