import ClusterModel
import Hummingbird

extension RESTResponder {
    /// 307 to a minion, or to any endpoint of a service (reference §6.2).
    /// - Throws: `APIFailure`, see `location`.
    func redirect(_ resource: Resource, _ name: String, _ query: RESTQuery) async throws(APIFailure) -> RESTAnswer {
        let location = try await location(of: resource, name, query)
        return RESTAnswer(307, contentType: nil, body: [], location: location)
    }

    /// The answer of a minion or a service to the request.
    /// - Throws: `APIFailure`, see `location`; 501 for what a minion cannot be asked for, 502 when nobody answers.
    func pass(
        _ request: Request, to resource: Resource, _ name: String, rest: String, _ query: RESTQuery, target: String
    ) async throws -> Response {
        if resource == .minions {
            if rest.hasPrefix(ContainerLogPath.prefix) { return try await log(request, name, rest, query) }
            return try await minion(name, rest).response
        }
        let location = try await location(of: resource, name, query)
        let question = target.firstIndex(of: "?").map { String(target[$0...]) } ?? ""
        return try await proxy.pass(request, to: location + rest + question)
    }

    /// What the master knows of a minion itself: it holds the one connection to it, and a minion speaks no HTTP.
    private func minion(_ name: String, _ rest: String) async throws(APIFailure) -> RESTAnswer {
        _ = try await registry.get(.minions, namespace: "", name: name)
        guard rest == "/healthz" else {
            throw APIFailure(
                501, .notImplemented, "of a minion only /healthz and /containerLogs can be asked, not \(rest)")
        }
        switch await mirror.minionConditions[name]?.standing {
        case .ready: return RESTAnswer(200, contentType: nil, body: Array("ok".utf8))
        case .unschedulable(let reason, let message), .notReady(let reason, let message):
            return .text("\(reason): \(message)", status: 503)
        case .unreachable, nil: return .text("minion \(name) does not answer the master", status: 503)
        }
    }

    /// `http://HOST:PORT`.
    /// - Throws: `APIFailure`: 404, 400 without a namespace for a service, 503 for a service without endpoints.
    private func location(
        of resource: Resource, _ name: String, _ query: RESTQuery
    ) async throws(APIFailure) -> String {
        if resource == .minions {
            guard case .minion(let minion) = try await registry.get(.minions, namespace: "", name: name) else {
                throw .notFound(resource.messageName, name)
            }
            return "http://\(minion.hostIP.isEmpty ? minion.meta.name : minion.hostIP):\(proxy.minionPort)"
        }
        guard let namespace = query.namespace else {
            throw .badRequest("Invalid request.  Namespace parameter required.")
        }
        _ = try await registry.get(.services, namespace: namespace, name: name)
        guard case .endpoints(let endpoints) = try await registry.get(.endpoints, namespace: namespace, name: name),
            let endpoint = endpoints.endpoints.randomElement()
        else { throw APIFailure(503, .unavailable, "service \"\(name)\" has no endpoints") }
        return "http://\(endpoint)"
    }
}
