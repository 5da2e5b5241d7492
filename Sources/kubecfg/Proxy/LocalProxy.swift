import APIClient
import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Passes what programs on this machine ask for under `/api/` on to the server, with the person's credentials, and shows a
/// folder under `/static/` (reference §7 `-proxy`, `-www`).
struct LocalProxy: Sendable {
    /// Where it listens. On this machine only: whoever reaches it acts as the person.
    static let host = "127.0.0.1"
    static let port = 8001
    /// Bytes of one request: an object has at most 4 MiB (PROTOCOL "Framing and limits").
    private static let requestLimit = 8 << 20
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options]

    let client: APIClient
    /// Empty for none.
    let staticFolder: String

    /// Serves until the task or the process ends. `ready` is told the port.
    func run(port: Int, ready: @escaping @Sendable (Int) -> Void) async throws {
        // Hummingbird logs every start and stop, which is nothing to somebody at a terminal.
        var logger = Logger(label: "kubecfg")
        logger.logLevel = .critical
        let router = Router()
        if !staticFolder.isEmpty {
            router.addMiddleware {
                FileMiddleware(staticFolder, urlBasePath: "/static", searchForIndexHtml: true, logger: logger)
            }
        }
        for method in Self.methods {
            router.on("/api/**", method: method) { request, _ in try await pass(request) }
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname(Self.host, port: port), serverName: nil),
            onServerRunning: { ready($0.localAddress?.port ?? port) }, logger: logger)
        try await application.run()
    }

    private func pass(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.requestLimit)
        var headers = HTTPHeaders()
        for field in request.headers { headers.add(name: field.name.rawName, value: field.value) }
        let answer: HTTPClientResponse
        do {
            answer = try await client.pass(
                HTTPMethod(rawValue: request.method.rawValue), request.uri.string, headers: headers,
                body: Array(body.readableBytesView))
        } catch {
            throw HTTPError(.badGateway, message: error.message)
        }
        var fields = HTTPFields()
        for (name, value) in answer.headers where !APIClient.ownHeaders.contains(name.lowercased()) {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return Response(
            status: .init(code: Int(answer.status.code)), headers: fields,
            body: ResponseBody { writer in
                for try await chunk in answer.body { try await writer.write(chunk) }
                try await writer.finish(nil)
            })
    }
}
