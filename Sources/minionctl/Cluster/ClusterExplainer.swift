import APIClient
import ClusterModel

/// Collects what a master knows of a pod or a service.
struct ClusterExplainer {
    let client: APIClient
    let namespace: String

    /// The sentences about the first object called `name` that there is. Throws `Failure` where there is none.
    func explain(_ name: String, as kinds: [ClusterKind]) async throws -> [String] {
        for kind in kinds {
            guard let object = try await client.find(kind.resource, name, namespace: namespace) else { continue }
            return kind == .pods ? try await pod(.object(object), name) : try await service(.object(object), name)
        }
        throw Failure("\(kinds.map { $0.named(name) }.joined(separator: ", ")): not found")
    }

    private func pod(_ pod: JSONValue, _ name: String) async throws -> [String] {
        var explanation = PodExplanation(pod: pod)
        let host = pod["desiredState"]["host"].cell
        if !host.isEmpty {
            let health = try await client.text(APIRequest(.get, ["proxy", "minions", host, "healthz"]))
            explanation.minionTrouble = health.httpStatus == 200 ? nil : Self.words(health.text)
            explanation.delivery =
                try await deliveries(.pods, name).first { $0["minion"].cell == host } ?? .null
        }
        let events = try await client.list(.events, namespace: namespace)
        explanation.events = JSONValue.object(events)["items"].elements.filter {
            $0["involvedObject"]["kind"] == "Pod" && $0["involvedObject"]["name"].cell == name
        }.sorted { $0["resourceVersion"].number < $1["resourceVersion"].number }
        return explanation.lines
    }

    private func service(_ service: JSONValue, _ name: String) async throws -> [String] {
        var explanation = ServiceExplanation(service: service)
        let endpoints = try await client.find(.endpoints, name, namespace: namespace)
        explanation.endpoints = endpoints.map { JSONValue.object($0)["endpoints"].elements.map(\.cell) }
        let selector = service["selector"].pairs
        if !selector.isEmpty {
            let pods = try await client.list(.pods, namespace: namespace, labels: selector, reasons: true)
            explanation.pods = JSONValue.object(pods)["items"].elements
        }
        explanation.deliveries = try await deliveries(.services, name)
        return explanation.lines
    }

    /// What the minions acked; nothing of a server that does not tell.
    private func deliveries(_ resource: APIResource, _ name: String) async throws -> [JSONValue] {
        let request = APIRequest(.get, ["deliveries", resource.pathName, name]).adding("namespace", namespace)
        do {
            return JSONValue.object(try await client.send(request))["items"].elements
        } catch {
            if error.httpStatus == 404 { return [] }
            throw error
        }
    }

    /// The message of a Status, or the text as it is.
    private static func words(_ text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? "it does not answer"
    }
}
