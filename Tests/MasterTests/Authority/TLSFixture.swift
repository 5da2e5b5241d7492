import NodeKit
import Synchronization
import Wire

@testable import Master

/// A port with TLS on loopback that greets and answers pings, and what it has refused.
struct TLSFixture: Sendable {
    let port: Int
    let door: TLSDoor
    let server: LineServer
    private let refusals: Refusals

    private final class Refusals: Sendable {
        let words = Mutex<[String]>([])
    }

    /// What was refused, in words.
    var refused: [String] { refusals.words.withLock { $0 } }

    /// Serves with `credentials`, or plainly with `nil`, as long as `body` runs.
    static func run(
        _ credentials: TLSCredentials?, limits: LineLimits = LineLimits(),
        _ body: (TLSFixture) async throws -> Void
    ) async throws {
        let refusals = Refusals()
        let door = TLSDoor(credentials) { _, error in refusals.words.withLock { $0.append(error.message) } }
        let server = LineServer(limits: limits)
        let port = try await server.bind(host: "127.0.0.1", port: 0, door: door).port ?? 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(greet) }
            try await body(TLSFixture(port: port, door: door, server: server, refusals: refusals))
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Dials with TLS, or plainly with `nil`.
    func dial(_ credentials: TLSCredentials?, node: String? = "yy2") async throws -> LineConnection {
        try await LineClient.connect(
            host: "127.0.0.1", port: port, tls: credentials.map { TLSDial($0, node: node) })
    }

    /// Dials, greets and pings; the error's words when that fails.
    func complaint(_ credentials: TLSCredentials?, node: String? = "yy2") async -> String? {
        do {
            try await WireSession.with(try await dial(credentials, node: node)) { try await $0.ping() }
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Sendable private static func greet(_ connection: LineConnection) async {
        do {
            try await connection.send([.hello(Hello(auth: []))])
            connection.trust()
            try await connection.send([.ready(Ready(node: "yy2", agent: "test", term: 0, applied: [:]))])
            while let lines = await connection.nextBatch() {
                for case .line(let number, let bytes) in lines {
                    guard let id = try Request.parse(line: bytes, number: number).id else { continue }
                    try await connection.send([.pong(id: id)])
                }
            }
        } catch {
            // The client is gone.
        }
    }
}
