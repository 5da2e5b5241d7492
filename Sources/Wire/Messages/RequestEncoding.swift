public import ClusterModel

extension Request {
    /// The request as it stands on the wire: `op`, `id`, then the operation's own members in the order of PROTOCOL.md.
    public func json() -> JSONObject {
        var object: JSONObject = ["op": .string(operation.name.rawValue)]
        if let id { object.append("id", id.json) }
        operation.write(into: &object)
        return object
    }

    /// Appends the request's line, `\n` included.
    public func writeLine(into output: inout [UInt8]) {
        json().write(into: &output)
        output.append(UInt8(ascii: "\n"))
    }
}

extension Operation {
    fileprivate func write(into object: inout JSONObject) {
        switch self {
        case .auth(let token): object.append("token", .string(token))
        case .apply(let value, let version):
            object.append("object", value)
            object.append("resourceVersion", version)
        case .remove(let key, let version):
            object.append("kind", .string(key.kind.rawValue))
            object.append("name", .string(key.name))
            object.append("namespace", .string(key.namespace))
            object.append("resourceVersion", version)
        case .set(let kind, let items, let version, let more):
            object.append("kind", .string(kind.rawValue))
            object.append("items", .array(items))
            object.append("resourceVersion", version)
            if more { object.append("more", true) }
        case .lead(let master, let term):
            object.append("master", .string(master))
            object.append("term", .counter(term))
        case .get(let query):
            object.append("kind", .string(query.kind.rawValue))
            if let name = query.name { object.append("name", .string(name)) }
            if let namespace = query.namespace { object.append("namespace", .string(namespace)) }
            if let selector = query.selector { object.append("selector", .string(selector)) }
        case .watch(let kinds): object.append("kinds", .array(kinds.map { .string($0.rawValue) }))
        case .logs(let query): query.write(into: &object)
        case .cancel(let target): object["id"] = target.json
        case .begin, .commit, .health, .ping: break
        }
    }
}

extension LogQuery {
    fileprivate func write(into object: inout JSONObject) {
        object.append("pod", .string(pod.name))
        object.append("namespace", .string(pod.namespace))
        if let container { object.append("container", .string(container)) }
        if let tail = range.tail { object.append("tail", .int(Int64(tail))) }
        if range.follow { object.append("follow", true) }
        if let since = range.since { object.append("since", .string(since)) }
    }
}

extension JSONValue {
    /// A count or version. JSON numbers of ours are signed; a version above 2^63-1 came from no store and is written as that.
    static func counter(_ value: UInt64) -> JSONValue { .int(Int64(clamping: value)) }
}

extension JSONObject {
    /// Adds a version if there is one.
    mutating func append(_ key: String, _ version: UInt64?) {
        if let version { append(key, .counter(version)) }
    }
}
