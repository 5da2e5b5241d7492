public import AsyncHTTPClient
import NIOCore
public import NIOHTTP1

extension APIClient {
    /// Sends a request of somebody else on to the server, with this client's credentials in place of theirs, and gives the
    /// answer as it comes. Connections' own headers (RFC 9110 §7.6.1) and the name of the host are not passed on.
    ///
    /// `path` begins with a slash and has the query. Throws `unreachable` and `timeout`; there is no deadline once the
    /// answer has begun, as it may be a watch.
    public func pass(
        _ method: HTTPMethod, _ path: String, headers: HTTPHeaders, body: [UInt8]
    ) async throws(APIError) -> HTTPClientResponse {
        var message = message(server.base + path, method.rawValue)
        let isSigned = message.headers.contains(name: "Authorization")
        for (name, value) in headers where !Self.ownHeaders.contains(name.lowercased()) {
            if name.lowercased() == "authorization", isSigned { continue }
            message.headers.add(name: name, value: value)
        }
        if !body.isEmpty { message.body = .bytes(body) }
        do {
            return try await transport.http.execute(message, deadline: .distantFuture)
        } catch {
            throw APIError(error, request: message, limits: transport.limits)
        }
    }

    /// Headers that are about one connection, not about the message.
    public static let ownHeaders: Set<String> = [
        "connection", "content-length", "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "te", "trailer", "transfer-encoding", "upgrade",
    ]
}
