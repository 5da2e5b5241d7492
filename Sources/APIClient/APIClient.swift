import AsyncHTTPClient
public import ClusterModel
import NIOHTTP1

/// Talks to a v1beta1 API server. Objects are JSON as the server wrote it, members in its order: a client that shows them
/// must not lose a field it does not know.
public struct APIClient: Sendable {
    /// The server.
    public let server: APIServer
    let credentials: APICredentials
    let transport: HTTPTransport
    private let clock: any Clock<Duration>

    /// A client for as long as `body` runs; its connections are closed when that ends. `clock` paces the questions after
    /// unfinished operations.
    ///
    /// Throws `badCertificate`, and what `body` throws.
    public static func with<Result: Sendable>(
        _ server: APIServer, credentials: APICredentials = APICredentials(), limits: APILimits = APILimits(),
        clock: any Clock<Duration> = .continuous, _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        let tls = server.isSecure ? try credentials.tlsConfiguration() : nil
        return try await HTTPTransport.with(limits: limits, tls: tls) { transport in
            try await body(APIClient(server: server, credentials: credentials, transport: transport, clock: clock))
        }
    }

    /// The object, list or Status that answers `request`; a 202 is asked after until the operation is finished
    /// (reference §6.2).
    ///
    /// Throws every code but `badAddress` and `badCertificate`.
    public func send(_ request: APIRequest) async throws(APIError) -> JSONObject {
        let limits = transport.limits
        var answer = try await exchange(request)
        for _ in 0..<limits.pollCount {
            guard answer.httpStatus == 202 else { return answer.object }
            guard let operation = answer.operation else {
                throw APIError(
                    code: .notUnderstood, message: "the server works on it and names no operation", httpStatus: 202)
            }
            do {
                try await clock.sleep(for: limits.pollInterval)
            } catch {
                throw APIError(code: .timeout, message: "cancelled while operation \(operation) was not finished")
            }
            answer = try await exchange(APIRequest(.get, ["operations", operation]))
        }
        throw APIError(
            code: .timeout, message: "the operation did not finish within \(limits.pollInterval * limits.pollCount)")
    }

    private func exchange(_ request: APIRequest) async throws(APIError) -> APIAnswer {
        var message = message(request.url(on: server), request.method.rawValue)
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: "application/json")
            message.body = .bytes(Array(body.text.utf8))
        }
        let (status, bytes) = try await transport.fetch(message)
        return try APIAnswer(httpStatus: status, bytes: bytes)
    }

    /// A request of the server, with what it is shown.
    func message(_ url: String, _ method: String) -> HTTPClientRequest {
        var message = HTTPClientRequest(url: url)
        message.method = HTTPMethod(rawValue: method)
        credentials.sign(&message)
        return message
    }
}
