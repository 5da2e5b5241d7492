import ClusterModel
import Hummingbird
import Logging
import Machine

/// Answers requests of the API: finds what is asked for, asks the registry, says how it went.
struct RESTResponder: HTTPResponder {
    let registry: Registry
    let mirror: ClusterMirror
    let operations: Operations
    let metrics: RESTMetrics
    let proxy: ReverseProxy
    let minions: any MinionAccess
    let logPlaces = LogPlaces()
    /// Components by name; each answers `nil` when it is well, else what is wrong.
    let components: [(name: String, check: @Sendable () async -> String?)]
    /// More metrics, each a whole text.
    let moreMetrics: [@Sendable () async -> String]
    /// Where what only a leader can answer is answered now.
    let leader: @Sendable () -> LeaderPlace
    /// By which a leader is asked over TLS; `nil` where this master has no authority.
    let identity: MasterIdentity?
    let bounds: RESTBounds
    let time: MonotonicTime
    let budget: BodyBudget

    init(
        registry: Registry, mirror: ClusterMirror, operations: Operations, metrics: RESTMetrics, proxy: ReverseProxy,
        minions: any MinionAccess, components: [(name: String, check: @Sendable () async -> String?)],
        moreMetrics: [@Sendable () async -> String], leader: @escaping @Sendable () -> LeaderPlace,
        identity: MasterIdentity?, bounds: RESTBounds, time: MonotonicTime
    ) {
        self.registry = registry
        self.mirror = mirror
        self.operations = operations
        self.metrics = metrics
        self.proxy = proxy
        self.minions = minions
        self.components = components
        self.moreMetrics = moreMetrics
        self.leader = leader
        self.identity = identity
        self.bounds = bounds
        self.time = time
        budget = BodyBudget(bounds.bodiesBytes)
    }

    /// The answer to any request; a failure is one too.
    /// - Throws: the connection's error, when nobody is there to be answered.
    func respond(to request: Request, context: RESTContext) async throws -> Response {
        let began = time.now()
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map(String.init) ?? "/"
        let route = RESTRoute(method: request.method.rawValue, path: path)
        var response: Response
        var isBodyRead = route.readsBody
        do {
            let query = try RESTQuery(parts.count == 2 ? String(parts[1]) : "")
            response = try await answer(route, query, request, context, target: target)
        } catch let failure as APIFailure {
            response = RESTAnswer.status(failure.status).response
            if failure.isTemporary { response.headers[.retryAfter] = String(RESTLimits.retryAfter) }
            // What is left of the body nobody reads.
            isBodyRead = isBodyRead && ![413, 429].contains(failure.status.code)
        }
        if request.hasBody && !isBodyRead {
            response = response.closing(context.channel, after: bounds.body)
        }
        if request.method == .head { response = response.createHeadResponse() }
        metrics.note(route.label, code: response.status.code, after: time.now() - began)
        return response
    }

    private func answer(
        _ route: RESTRoute, _ query: RESTQuery, _ request: Request, _ context: RESTContext, target: String
    ) async throws -> Response {
        if route.isLeaders, let answer = try await forwarded(route, query, request, context, target: target) {
            return answer
        }
        switch route {
        case .list, .get, .create, .update, .delete:
            let share = BodyBudget.Share(of: budget)
            let body =
                route.readsBody
                ? try await ObjectBody.read(request, context.channel, within: bounds.body, share) : []
            defer { withExtendedLifetime(share) {} }
            return try await object(route, query, body).response
        case .watch(let resource): return try await watch(resource, query, request)
        case .redirect(let resource, let name): return try await redirect(resource, name, query).response
        case .proxy(let resource, let name, let rest):
            return try await pass(request, to: resource, name, rest: rest, query, target: target)
        case .deliveries(let resource, let name): return try await deliveries(of: resource, name, query).response
        case .minionStates: return try await minionStates(query).response
        case .operations: return RESTAnswer.json(ServerOpList(ids: await operations.ids()).json()).response
        case .operation(let id):
            return (await operations.outcome(of: id) ?? RESTAnswer.unknown(target)).response
        case .validate: return await validate().response
        case .metrics: return await metricsAnswer().response
        case .welcome, .version, .health, .versions: return Self.fixed(route).response
        case .moved(let path):
            let question = target.firstIndex(of: "?").map { String(target[$0...]) } ?? ""
            return RESTAnswer.moved(to: path + question, saying: request.method == .get).response
        case .unknown: return RESTAnswer.unknown(target).response
        }
    }

    /// What is always the same; byte for byte that of 2014, since clients compare versions.
    private static func fixed(_ route: RESTRoute) -> RESTAnswer {
        switch route {
        case .welcome: .html("<html><body>Welcome to Kubernetes</body></html>")
        case .version:
            .json([
                "major": "0", "minor": "4+", "gitVersion": "v0.4-dev", "gitCommit": "",
                "gitTreeState": "not a git tree",
            ])
        case .versions: .json(["versions": ["v1beta1"]])
        default: .text("ok")
        }
    }

    private func validate() async -> RESTAnswer {
        var states: [JSONValue] = []
        var isWell = true
        for component in components {
            let trouble = await component.check()
            isWell = isWell && trouble == nil
            states.append([
                "component": .string(component.name), "health": trouble == nil ? "healthy" : "unhealthy",
                "msg": trouble == nil ? "ok" : "", "err": .string(trouble ?? "nil"),
            ])
        }
        return RESTAnswer(
            isWell ? 200 : 500, contentType: "application/json", body: Array(JSONValue.array(states).text.utf8))
    }

    private func metricsAnswer() async -> RESTAnswer {
        var text = metrics.text()
        for more in moreMetrics { text += await more() }
        return RESTAnswer(200, contentType: "text/plain; version=0.0.4", body: Array(text.utf8))
    }
}

extension APIFailure {
    /// Whether the same request may be answered in a moment.
    fileprivate var isTemporary: Bool { [429, 503].contains(status.code) }
}

extension RESTRoute {
    /// Whether the body is part of the question.
    var readsBody: Bool {
        switch self {
        case .create, .update, .proxy: true
        default: false
        }
    }

    /// How the request is counted.
    var label: RESTMetrics.Label {
        switch self {
        case .list(let resource): .init(verb: .list, resource: resource)
        case .get(let resource, _): .init(verb: .get, resource: resource)
        case .create(let resource): .init(verb: .post, resource: resource)
        case .update(let resource, _): .init(verb: .put, resource: resource)
        case .delete(let resource, _): .init(verb: .delete, resource: resource)
        case .watch(let resource): .init(verb: .watch, resource: resource)
        case .redirect(let resource, _), .proxy(let resource, _, _): .init(verb: .proxy, resource: resource)
        default: .init(verb: .other, resource: nil)
        }
    }
}
