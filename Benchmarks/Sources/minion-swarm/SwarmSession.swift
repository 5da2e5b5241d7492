import Glibc

/// One connection to one minion, from `hello` to its end (PROTOCOL "Session", "Requests", "Replies").
final class SwarmSession {
    /// Where the session stands.
    private enum Stage {
        case greeted
        case ready
    }

    let descriptor: Int32
    let minion: SwarmMinion
    /// What the kernel did not take yet.
    private(set) var output: [UInt8] = []
    /// Whether the master has broken off, or is not let in.
    private(set) var isOver = false
    /// The id of the watch, as it was written.
    private(set) var watch: [UInt8]?
    private var input: [UInt8] = []
    private var stage = Stage.greeted
    private var isInTransaction = false
    /// The set whose parts are coming, and the pods that were in them.
    private var openSet: SwarmKind?
    private var podsOfSet: Set<ObjectKey> = []
    private unowned let swarm: Swarm

    init(descriptor: Int32, minion: SwarmMinion, swarm: Swarm) {
        self.descriptor = descriptor
        self.minion = minion
        self.swarm = swarm
        output += #"{"type":"hello","protocol":1,"auth":["token"]}"#.utf8
        output.append(UInt8(ascii: "\n"))
    }

    // MARK: Bytes

    /// Takes what was read, answers all whole lines of it, and sends the answers as one.
    func take(_ bytes: UnsafeRawBufferPointer) {
        input += bytes
        let line = JSONSkim(bytes: input)
        var start = 0
        while !isOver, let end = line.endOfLine(from: start) {
            if end > start { answer(line, start..<end) }
            start = end + 1
        }
        // Not by removing from it: `line` still holds the same storage, which would be copied whole.
        input = Array(line.bytes[start...])
        flush()
    }

    /// Gives the kernel what it takes.
    /// - Returns: whether something is left for when it takes more.
    @discardableResult func flush() -> Bool {
        while !output.isEmpty {
            let count = output.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if errno != EAGAIN { isOver = true }
                return errno == EAGAIN
            }
            output.removeFirst(count)
        }
        return false
    }

    // MARK: Lines

    private func answer(_ line: JSONSkim, _ text: Range<Int>) {
        // Inside a transaction nothing is answered.
        guard isInTransaction, let hash = SharedParts.hash(line, text) else {
            return answer(SwarmRequest(line, text))
        }
        if let known = swarm.parts[hash] {
            swarm.requests += 1
            return take(known)
        }
        let request = SwarmRequest(line, text)
        guard let part = part(request) else { return answer(request) }
        swarm.requests += 1
        swarm.parts.remember(part, as: hash)
        take(part)
    }

    private func answer(_ request: SwarmRequest) {
        swarm.requests += 1
        guard stage == .ready else { return greet(isAuth: request.op == .auth) }
        let id = request.id
        switch request.op {
        case .apply, .remove, .set:
            write(request)
            if !isInTransaction, !request.hasMore { acknowledge(id, request.version) }
        case .begin: isInTransaction = true
        case .commit:
            isInTransaction = false
            swarm.fullSets += 1
            acknowledge(id, minion.applied)
        case .lead: lead(id, term: request.term)
        case .watch: beginWatch(id)
        case .ping: reply("pong", id)
        case .auth, .other:
            reply("error", id, #","code":501,"reason":"NotImplemented","message":"the swarm does not know it""#)
        }
    }

    private func greet(isAuth: Bool) {
        guard isAuth else {
            isOver = true
            return
        }
        stage = .ready
        let applied = minion.applied == 0 ? "" : #""master":\#(minion.applied)"#
        output += #"{"type":"ready","node":"\#(minion.name)","agent":"minion-swarm","term":\#(minion.term),"#.utf8
        output += #""applied":{\#(applied)},"kinds":["Pod","Service","Endpoints","Minion"]}"#.utf8
        output.append(UInt8(ascii: "\n"))
    }

    private func lead(_ id: [UInt8], term: UInt64) {
        if term < minion.term {
            return reply(
                "error", id, #","code":409,"reason":"StaleTerm","message":"term \#(minion.term) was seen""#)
        }
        minion.term = term
        acknowledge(id, nil)
    }

    // MARK: Objects

    private func write(_ request: SwarmRequest) {
        let line = request.line
        switch (request.op, request.kind) {
        case (.apply, _):
            guard let kind = line.member("kind", of: request.object).flatMap({ SwarmKind($0, in: line) }) else {
                return
            }
            store(line, request.object, kind, request.version)
            minion.applied = max(minion.applied, request.version)
        case (.remove, let kind?):
            let (namespace, name) = (line.bytes[request.namespace], line.bytes[request.name])
            remove(ObjectKey(kind, namespace: namespace, name: name), kind, request.version)
        case (.set, _?): set(request)
        default: return
        }
    }

    private func remove(_ key: ObjectKey, _ kind: SwarmKind, _ version: UInt64) {
        if kind == .pod {
            minion.pods[key] = nil
            swarm.forgetPod(key, of: minion)
        } else {
            swarm.shared.hold(key, kind, version: version, isRemoved: true, by: minion.index, now: Swarm.now())
        }
        minion.applied = max(minion.applied, version)
    }

    /// What a part of the set of a kind that all have says; `nil` for pods.
    private func part(_ request: SwarmRequest) -> SharedParts.Part? {
        guard let kind = request.kind, kind != .pod else { return nil }
        var objects: [(key: ObjectKey, version: UInt64)] = []
        request.line.forEachElement(of: request.items) { item in
            let own = request.line.member("resourceVersion", of: item).map(request.line.number)
            objects.append((key(request.line, item, kind), own ?? request.version))
        }
        return SharedParts.Part(kind: kind, version: request.version, hasMore: request.hasMore, objects: objects)
    }

    private func take(_ part: SharedParts.Part) {
        if openSet != part.kind {
            openSet = part.kind
            swarm.shared.restart(part.kind, of: minion.index)
        }
        let now = Swarm.now()
        for (key, version) in part.objects {
            swarm.shared.hold(key, part.kind, version: version, isRemoved: false, by: minion.index, now: now)
        }
        if !part.hasMore { endSet(part.version) }
    }

    private func set(_ request: SwarmRequest) {
        if let part = part(request) { return take(part) }
        if openSet != .pod {
            openSet = .pod
            podsOfSet = []
        }
        let line = request.line
        line.forEachElement(of: request.items) { item in
            store(line, item, .pod, line.member("resourceVersion", of: item).map(line.number) ?? request.version)
        }
        guard !request.hasMore else { return }
        for key in minion.pods.keys where !podsOfSet.contains(key) { remove(key, .pod, request.version) }
        endSet(request.version)
    }

    private func endSet(_ version: UInt64) {
        openSet = nil
        minion.applied = version == 0 ? minion.applied : version
    }

    private func key(_ line: JSONSkim, _ object: Range<Int>, _ kind: SwarmKind) -> ObjectKey {
        var (name, namespace) = (object, Array("default".utf8)[...])
        line.forEachMember(of: object) { key, value in
            if line.has(key, "id") { name = SwarmRequest.unquoted(value) }
            if line.has(key, "namespace") { namespace = line.bytes[SwarmRequest.unquoted(value)] }
        }
        return ObjectKey(kind, namespace: namespace, name: line.bytes[name])
    }

    private func store(_ line: JSONSkim, _ object: Range<Int>, _ kind: SwarmKind, _ version: UInt64) {
        let key = key(line, object, kind)
        guard kind == .pod else {
            return swarm.shared.hold(key, kind, version: version, isRemoved: false, by: minion.index, now: Swarm.now())
        }
        podsOfSet.insert(key)
        swarm.owners[key] = minion.index
        if let pod = minion.run(key, line, object, version: version) { say(pod) }
    }

    // MARK: Answers

    private func acknowledge(_ id: [UInt8], _ version: UInt64?) {
        let version = version.map { #","resourceVersion":\#($0)"# } ?? ""
        reply("ack", id, #","phase":"received""# + version)
        reply("ack", id, #","phase":"applied"\#(version),"tookMs":0"#)
    }

    private func beginWatch(_ id: [UInt8]) {
        watch = id
        for pod in minion.pods.values { say(pod) }
        let state = #"{"status":"Ready","agent":"minion-swarm","pods":\#(minion.pods.count)}"#
        let node = #"{"kind":"Node","id":"\#(minion.name)","apiVersion":"v1beta1","currentState":\#(state)}"#
        reply("status", id, #","kind":"Node","object":"# + node)
        reply("synced", id)
        swarm.watchBegan()
    }

    /// Tells whoever watches how a pod is.
    func say(_ pod: SwarmPod) {
        guard let watch else { return }
        output += #"{"type":"status","id":"#.utf8
        output += watch
        output += #","kind":"Pod","object":"#.utf8
        pod.write(into: &output)
        output += "}\n".utf8
    }

    private func reply(_ type: String, _ id: [UInt8], _ members: String = "") {
        output += #"{"type":"\#(type)","id":"#.utf8
        output += id
        output += members.utf8
        output += "}\n".utf8
    }
}
