import AsyncHTTPClient
public import ClusterModel

extension APIClient {
    /// One page with all objects of a collection that match both selectors: `k=v` terms, empty for everything. The empty
    /// namespace is all of them.
    /// - Parameter reasons: whether pods are to say why they do not run, if the server can (`currentState.message`).
    public func list(
        _ resource: APIResource, namespace: String = "", labels: String = "", fields: String = "", reasons: Bool = false
    ) async throws(APIError) -> JSONObject {
        try await send(
            APIRequest(.get, [resource.pathName])
                .adding("namespace", namespace).adding("labels", labels).adding("fields", fields)
                .adding("reasons", reasons ? "true" : ""))
    }

    /// The object called `name`; `reasons` as of `list`.
    public func get(
        _ resource: APIResource, _ name: String, namespace: String, reasons: Bool = false
    ) async throws(APIError) -> JSONObject {
        try await send(
            APIRequest(.get, [resource.pathName, name]).adding("namespace", namespace)
                .adding("reasons", reasons ? "true" : ""))
    }

    /// Stores a new object; the answer has what the server filled in.
    public func create(
        _ object: JSONObject, in resource: APIResource, namespace: String
    ) async throws(APIError) -> JSONObject {
        try await send(APIRequest(.post, [resource.pathName], body: object).adding("namespace", namespace))
    }

    /// Stores `object` over the one called `name`, if that still has the object's `resourceVersion`.
    public func update(
        _ object: JSONObject, _ name: String, in resource: APIResource, namespace: String
    ) async throws(APIError) -> JSONObject {
        try await send(APIRequest(.put, [resource.pathName, name], body: object).adding("namespace", namespace))
    }

    /// Removes an object; the answer is a Status.
    public func delete(
        _ resource: APIResource, _ name: String, namespace: String
    ) async throws(APIError) -> JSONObject {
        try await send(APIRequest(.delete, [resource.pathName, name]).adding("namespace", namespace))
    }

    /// What the server says of itself at `/version`: `major`, `minor`, `gitVersion`, `gitCommit`, `gitTreeState`.
    public func serverVersion() async throws(APIError) -> JSONObject {
        let (status, bytes) = try await transport.fetch(message(server.base + "/version", "GET"))
        return try APIAnswer(httpStatus: status, bytes: bytes).object
    }
}

extension APIClient {
    /// What is at `url`, on any server, shown no credentials.
    ///
    /// Throws `refused` for a status other than 200, `timeout`, `tooLarge`, `unreachable`.
    public static func download(_ url: String, limits: APILimits = APILimits()) async throws(APIError) -> [UInt8] {
        let request = HTTPClientRequest(url: url)
        do {
            let (status, body) = try await HTTPTransport.with(limits: limits) { try await $0.fetch(request) }
            guard status == 200 else {
                throw APIError(code: .refused, message: "the server answered \(status)", httpStatus: status)
            }
            return body
        } catch {
            throw APIError(error, request: request, limits: limits)
        }
    }
}
