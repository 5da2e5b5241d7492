import ClusterModel
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Wire

/// A cluster behind HTTP, on a port of its own.
struct FakeServer: Sendable {
    let cluster: FakeCluster
    let port: Int

    var url: String { "http://127.0.0.1:\(port)" }

    /// Serves `cluster` as long as `body` runs; a watch of pods is answered with `streaming`, piece by piece, and ends.
    static func with<Result: Sendable>(
        _ cluster: FakeCluster = FakeCluster(), streaming pieces: [ByteBuffer] = [],
        _ body: @escaping @Sendable (FakeServer) async throws -> Result
    ) async throws -> Result {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = application(cluster, pieces) { port.yield($0) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                for await port in ports { return try await body(FakeServer(cluster: cluster, port: port)) }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private static func application(
        _ cluster: FakeCluster, _ pieces: [ByteBuffer], _ ready: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        var logger = Logger(label: "fake-server")
        logger.logLevel = .critical
        let router = Router()
        router.get("version") { _, _ in
            json(
                200,
                [
                    "major": "0", "minor": "4+", "gitVersion": .string(await cluster.version), "gitCommit": "",
                    "gitTreeState": "not a git tree",
                ])
        }
        if !pieces.isEmpty {
            router.get("/api/v1beta1/watch/pods") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        for piece in pieces { try await writer.write(piece) }
                        try await writer.finish(nil)
                    })
            }
        }
        for method: HTTPRequest.Method in [.get, .post, .put, .delete] {
            router.on("/api/v1beta1/**", method: method) { request, _ in
                let body = try await request.body.collect(upTo: 1 << 20)
                let object: JSONObject? =
                    if case .object(let object)? = try? JSONText.parse(Array(body.readableBytesView)) { object } else {
                        nil
                    }
                let query = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
                let answer = await cluster.answer(
                    .init(
                        method: request.method.rawValue,
                        path: String(request.uri.path.dropFirst("/api/v1beta1/".count)),
                        query: Dictionary(query, uniquingKeysWith: { first, _ in first }), body: object))
                return json(answer.status, answer.object)
            }
        }
        return Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { ready($0.localAddress?.port ?? 0) }, logger: logger)
    }

    private static func json(_ status: Int, _ object: JSONObject) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: object.text)))
    }
}
