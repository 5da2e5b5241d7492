import AsyncHTTPClient
import ClusterModel
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOSSL
import Wire

/// Passes requests on to services and other masters, and their answers back, both as they come.
struct ReverseProxy: Sendable {
    /// How long the other side may take to accept, and to answer.
    private static let deadline: TimeAmount = .seconds(30)
    /// What is between two neighbours only (RFC 9110 §7.6.1), and what the client sets itself.
    private static let ownFields: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade", "host", "content-length",
    ]

    /// Set, to anything, by a master that passes a request on to the one that leads.
    static let forwardedField = "minion-forwarded-by-master"

    /// What is passed on as the request's body.
    enum Body: Sendable {
        /// The request's own, part by part.
        case asItComes
        /// What was read of it; empty for none.
        case bytes([UInt8])
    }

    let client: HTTPClient
    /// The port a minion is said to be found at.
    let minionPort: Int

    /// The answer of `url` to the request.
    /// - Parameters:
    ///   - isForwarded: whether the other side is a master that is to pass it on to no other.
    ///   - patience: how long the other side may take on purpose, beside what any answer takes.
    ///   - tls: what is shown to the other side, and which authority counts, where its URL is one of TLS.
    /// - Throws: `APIFailure` 502 when there is none.
    func pass(
        _ request: Request, to url: String, body: Body = .asItComes, isForwarded: Bool = false,
        within patience: Duration = .zero, tls: TLSConfiguration? = nil
    ) async throws(APIFailure) -> Response {
        var passed = HTTPClientRequest(url: url)
        passed.method = HTTPMethod(rawValue: request.method.rawValue)
        passed.tlsConfiguration = tls
        for field in request.headers where !Self.ownFields.contains(field.name.canonicalName) {
            passed.headers.add(name: field.name.rawName, value: field.value)
        }
        if isForwarded { passed.headers.add(name: Self.forwardedField, value: "true") }
        switch body {
        case .asItComes where request.hasBody:
            let length = request.headers[.contentLength].flatMap { Int64($0) }
            passed.body = .stream(request.body, length: length.map { .known($0) } ?? .unknown)
        case .bytes(let bytes) where !bytes.isEmpty: passed.body = .bytes(bytes)
        case .asItComes, .bytes: break
        }
        let answer: HTTPClientResponse
        do {
            answer = try await client.execute(passed, deadline: .now() + Self.deadline + TimeAmount(patience))
        } catch {
            let reason = tls == nil ? nil : HandshakeFailure.reason(error, peer: url)
            throw APIFailure(502, .unavailable, reason ?? "\(url) does not answer: \(error)")
        }
        var fields = HTTPFields()
        for (name, value) in answer.headers where !Self.ownFields.contains(name.lowercased()) {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let length = answer.headers.first(name: "content-length").flatMap { Int($0) }
        // A stream may be silent for long, in which nothing is written that would show that its client has gone. To look for
        // that uses the connection up, and needs what comes in, which is the request's body where there is one.
        let isStream = length == nil && !request.hasBody
        if isStream { fields[.connection] = "close" }
        return Response(
            status: .init(code: Int(answer.status.code)), headers: fields,
            body: ResponseBody(contentLength: length) { writer in
                if isStream {
                    try await request.body.consumeWithCancellationOnInboundClose { _ in
                        for try await part in answer.body { try await writer.write(part) }
                    }
                } else {
                    for try await part in answer.body { try await writer.write(part) }
                }
                try await writer.finish(nil)
            })
    }
}
