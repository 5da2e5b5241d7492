import ClusterModel

extension MemberReader {
    /// The operation the request asks for. Throws `Invalid` with a cause for every member at fault, and `NotImplemented`
    /// for an op of a later version.
    mutating func operation() throws(WireFault) -> Operation {
        let operation = try read()
        try check()
        guard let operation else {
            // What has no operation has left a cause, so `check` has thrown.
            throw WireFault(.internalError, "\(op.rawValue): cannot be read")
        }
        return operation
    }

    private mutating func read() throws(WireFault) -> Operation? {
        switch op {
        case .auth: return secret("token").map(Operation.auth)
        case .apply: return apply()
        case .remove: return remove()
        case .set: return set()
        case .begin: return .begin
        case .commit: return .commit
        case .lead: return lead()
        case .get: return get()
        case .watch: return watch()
        case .logs: return logs()
        case .cancel: return id(isRequired: true).map(Operation.cancel)
        case .health: return .health
        case .ping: return .ping
        case .run, .explain, .stats:
            throw WireFault(.notImplemented, "op \"\(op.rawValue)\" is not implemented; it follows in a later version")
        }
    }

    private mutating func apply() -> Operation? {
        let object = object("object")
        let version = counter("resourceVersion")
        return object.map { .apply(object: $0, resourceVersion: version) }
    }

    private mutating func remove() -> Operation? {
        let kind = kind(of: ObjectKind.self)
        let name = identifier("name", isRequired: true)
        let namespace = identifier("namespace") ?? ObjectMeta.defaultNamespace
        let version = counter("resourceVersion")
        guard let kind, let name else { return nil }
        return .remove(ObjectKey(kind: kind, namespace: namespace, name: name), resourceVersion: version)
    }

    private mutating func set() -> Operation? {
        let kind = kind(of: ObjectKind.self)
        // An absent list is not an empty one: an empty one removes everything.
        let items = array("items", isRequired: true)
        let version = counter("resourceVersion")
        let more = flag("more")
        guard let kind, let items else { return nil }
        return .set(kind: kind, items: items, resourceVersion: version, more: more)
    }

    private mutating func lead() -> Operation? {
        let master = identifier("master", isRequired: true)
        // 0 is what a node says that has seen no leader.
        let term = counter("term", isRequired: true, minimum: 1)
        guard let master, let term else { return nil }
        return .lead(master: master, term: term)
    }

    private mutating func get() -> Operation? {
        let kind = kind(of: ObservedKind.self)
        let name = identifier("name")
        let namespace = identifier("namespace")
        let selector = string("selector")
        return kind.map { .get(ObjectQuery(kind: $0, name: name, namespace: namespace, selector: selector)) }
    }

    private mutating func logs() -> Operation? {
        let pod = identifier("pod", isRequired: true)
        let namespace = identifier("namespace") ?? ObjectMeta.defaultNamespace
        let container = identifier("container")
        let tail = counter("tail")
        if let tail, tail > LogRange.tailLimit {
            note("tail", .fieldValueInvalid, "must be at most \(LogRange.tailLimit), was \(tail)")
        }
        let follow = flag("follow")
        let since = string("since")
        if let since, !LogRange.isTime(since) {
            note("since", .fieldValueInvalid, "must be a duration like 10m or a time of RFC 3339")
        }
        return pod.map { pod in
            .logs(
                LogQuery(
                    pod: ObjectKey(kind: .pod, namespace: namespace, name: pod), container: container,
                    range: LogRange(tail: tail.map { Int(clamping: $0) }, follow: follow, since: since)))
        }
    }

    private mutating func watch() -> Operation? {
        guard let names = array("kinds", isRequired: true) else { return nil }
        if names.isEmpty { note("kinds", .fieldValueRequired, "must name a kind") }
        var kinds: [ObservedKind] = []
        for (index, name) in names.enumerated() {
            guard let kind = kind(name, field: "kinds[\(index)]", of: ObservedKind.self) else { continue }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return .watch(kinds: kinds)
    }
}
