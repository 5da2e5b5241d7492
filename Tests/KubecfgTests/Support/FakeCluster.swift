import ClusterModel
import Wire

/// What a v1beta1 server holds, and how it answers: good enough for what kubecfg asks. It validates nothing; refusals are
/// scripted.
actor FakeCluster {
    /// A request as it arrived.
    struct Received: Sendable, Equatable {
        var method: String
        var path: String
        var query: [String: String]
        var body: JSONObject?
    }

    /// An answer: HTTP status and object.
    typealias Answer = (status: Int, object: JSONObject)

    static let timestamp = "2026-11-23T02:04:56Z"

    private var collections: [String: [JSONObject]] = [:]
    private var revision: Int64
    private var lastPortal: Int
    private var refusals: [String: (code: Int, message: String)] = [:]
    /// How many questions after the next operation find it unfinished; `nil` answers mutations at once.
    private var slowness: Int?
    private var operations: [String: Answer] = [:]
    private(set) var received: [Received] = []
    /// What `/version` says.
    private(set) var version = "v0.4-dev"

    /// An empty cluster whose next object gets the version and the portal IP after these.
    init(revision: Int64 = 0, lastPortal: Int = 0) {
        self.revision = revision
        self.lastPortal = lastPortal
    }

    /// Puts objects there as they are.
    func seed(_ resource: String, _ texts: [String]) throws {
        for text in texts {
            guard case .object(let object) = try JSONText.parse(Array(text.utf8)) else { continue }
            collections[resource, default: []].append(object)
        }
    }

    /// Lets every mutation of the object called `id` fail.
    func refuse(_ id: String, code: Int, _ message: String) { refusals[id] = (code, message) }

    /// Lets every mutation be answered 202, and be finished after `questions` more.
    func slowDown(questions: Int) { slowness = questions }

    /// Says it is another version.
    func pretend(_ version: String) { self.version = version }

    func objects(_ resource: String) -> [JSONObject] { collections[resource] ?? [] }

    func answer(_ request: Received) -> Answer {
        received.append(request)
        let parts = request.path.split(separator: "/").map(String.init)
        guard let resource = parts.first else { return Self.failure(404, "Not Found") }
        if resource == "operations", parts.count == 2 { return operation(parts[1]) }
        let answer = answer(request, resource, parts.count > 1 ? parts[1] : nil)
        guard let questions = slowness, request.method != "GET" else { return answer }
        let id = String(received.count)
        operations[id] = answer
        slowness = questions
        return Self.working(id)
    }

    private func operation(_ id: String) -> Answer {
        guard let answer = operations[id] else { return Self.failure(404, "operation \"\(id)\" not found") }
        guard let left = slowness, left > 0 else { return answer }
        slowness = left - 1
        return Self.working(id)
    }

    private func answer(_ request: Received, _ resource: String, _ id: String?) -> Answer {
        let namespace = request.query["namespace"] ?? ""
        switch (request.method, id) {
        case ("GET", nil): return list(resource, namespace, request.query["labels"] ?? "")
        case ("POST", nil): return create(request.body ?? [:], resource, namespace)
        case ("GET", let id?):
            guard let index = index(resource, namespace, id) else { return Self.missing(resource, id) }
            return (200, objects(resource)[index].whole(resource))
        case ("PUT", let id?): return update(request.body ?? [:], resource, namespace, id)
        case ("DELETE", let id?):
            guard let index = index(resource, namespace, id) else { return Self.missing(resource, id) }
            collections[resource]?.remove(at: index)
            return (200, ["kind": "Status", "creationTimestamp": .null, "apiVersion": "v1beta1", "status": "Success"])
        default: return Self.failure(404, "Not Found")
        }
    }

    private func list(_ resource: String, _ namespace: String, _ labels: String) -> Answer {
        let selector: Selector
        do {
            selector = try Selector(parsing: labels)
        } catch {
            return Self.failure(500, error.description)
        }
        let items = objects(resource).filter { object in
            let own = object["namespace"]?.text ?? ""
            return (namespace.isEmpty || own.isEmpty || own == "\"\(namespace)\"")
                && selector.matches(object.strings("labels"))
        }
        return (200, JSONObject.list(resource, items, revision: revision))
    }

    private func create(_ body: JSONObject, _ resource: String, _ namespace: String) -> Answer {
        let id = body.text("id")
        if let refusal = refusals[id] { return Self.failure(refusal.code, refusal.message) }
        guard index(resource, namespace, id) == nil else {
            return Self.failure(409, "\(JSONObject.noun(resource)) \"\(id)\" already exists")
        }
        revision += 1
        if resource == "services" { lastPortal += 1 }
        let object = body.completed(
            resource, namespace: namespace, revision: revision, portalIP: "10.11.0.\(lastPortal)")
        collections[resource, default: []].append(object)
        return (200, object.whole(resource))
    }

    private func update(_ body: JSONObject, _ resource: String, _ namespace: String, _ id: String) -> Answer {
        guard let index = index(resource, namespace, id) else { return Self.missing(resource, id) }
        let stored = objects(resource)[index]
        guard body["resourceVersion"] == stored["resourceVersion"] else {
            return Self.failure(409, "\(JSONObject.noun(resource)) \"\(id)\" cannot be updated: Compare failed")
        }
        revision += 1
        let object = body.completed(
            resource, namespace: namespace, revision: revision, portalIP: stored.text("portalIP"))
        collections[resource]?[index] = object
        return (200, object.whole(resource))
    }

    private func index(_ resource: String, _ namespace: String, _ id: String) -> Int? {
        objects(resource).firstIndex {
            $0.text("id") == id && ($0["namespace"] == nil || $0.text("namespace") == namespace)
        }
    }

    static func failure(_ code: Int, _ message: String) -> Answer {
        (
            code,
            [
                "kind": "Status", "creationTimestamp": .null, "apiVersion": "v1beta1", "status": "Failure",
                "message": .string(message), "code": .int(Int64(code)),
            ]
        )
    }

    private static func missing(_ resource: String, _ id: String) -> Answer {
        failure(404, "\(JSONObject.noun(resource)) \"\(id)\" not found")
    }

    private static func working(_ id: String) -> Answer {
        (
            202,
            [
                "kind": "Status", "creationTimestamp": .null, "apiVersion": "v1beta1", "status": "Working",
                "reason": "Working", "details": ["id": .string(id), "kind": "operation"], "code": 202,
            ]
        )
    }
}
