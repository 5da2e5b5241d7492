import NodeKit
import Synchronization
import Testing

@testable import Wire

/// Runs a server on a loopback port for as long as `body` runs.
func withServer<Value: Sendable>(
    limits: LineLimits = LineLimits(), clock: any Clock<Duration> = ContinuousClock(),
    session: @Sendable @escaping (LineConnection) async -> Void,
    _ body: (LineServer, Int) async throws -> Value
) async throws -> Value {
    let server = LineServer(limits: limits, clock: clock)
    let port = try #require(try await server.bind(host: "127.0.0.1", port: 0).port)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run(session) }
        let value: Value
        do {
            value = try await body(server, port)
        } catch {
            group.cancelAll()
            throw error
        }
        group.cancelAll()
        try await group.waitForAll()
        return value
    }
}

/// Where a session leaves things for its test.
final class Handover<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func leave(_ value: Value) {
        self.value.withLock { $0 = value }
    }

    var isLeft: Bool { value.withLock { $0 != nil } }

    func take() async throws -> Value {
        var found: Value?
        try await eventually("the session leaves something") {
            found = value.withLock { $0 }
            return found != nil
        }
        return try #require(found)
    }
}

/// Opens once, and lets everybody through from then on.
final class Gate: Sendable {
    private let state = Mutex(false)

    var isOpen: Bool { state.withLock { $0 } }

    func open() {
        state.withLock { $0 = true }
    }

    func pass() async {
        do {
            try await eventually("the gate opens") { isOpen }
        } catch {
            // The test is over.
        }
    }
}

/// A session that answers every line with its number and length, so that a test sees what arrived.
@Sendable func describeLines(_ connection: LineConnection) async {
    connection.trust()
    while let lines = await connection.nextBatch() {
        for line in lines {
            do {
                switch line {
                case .line(let number, let bytes):
                    try await connection.sendText("line \(number): \(bytes.count) bytes\n")
                case .fault(let fault): try await connection.send([.error(fault)])
                case .http: try await connection.sendText(HTTPRefusal.response(elsewhere: "HTTP is elsewhere."))
                }
            } catch {
                return
            }
            if line == .http { return }
        }
    }
}
