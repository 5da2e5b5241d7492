import NodeKit
import Testing

@testable import Wire

@Suite struct GreetingTests {
    /// What a client says of an agent that opens with `text`.
    private func failure(_ text: String, clock: any Clock<Duration> = ContinuousClock()) async throws -> WireError? {
        try await withServer { connection in
            do {
                try await connection.sendText(text)
            } catch {
                Issue.record(error)
            }
            if text.isEmpty { _ = await connection.nextBatch() }
        } _: { _, port in
            let connection = try await LineClient.connect(host: "127.0.0.1", port: port, clock: clock)
            return await #expect(throws: WireError.self) { try await WireSession.with(connection) { _ in } }
        }
    }

    private static let hello = #"{"type":"hello","protocol":1,"auth":[]}"# + "\n"

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n", "{\"type\":\"pong\"}\n",
        "{\"type\":\"hello\",\"protocol\":2,\"auth\":[]}\n",
        "{\"type\":\"hello\",\"protocol\":1,\"auth\":[\"kerberos\"]}\n", "\(hello){\"type\":\"pong\"}\n",
    ])
    func whatIsNoAgentIsReported(_ text: String) async throws {
        #expect(try await failure(text)?.code == .notTheProtocol)
    }

    @Test func anAgentThatClosesIsReported() async throws {
        #expect(try await failure(Self.hello)?.code == .connectionClosed)
    }

    @Test func aSilentAgentIsNotWaitedForForEver() async throws {
        let clock = ManualClock()
        async let error = failure("", clock: clock)
        try await eventually("the greeting waits") { clock.sleepers(until: .seconds(10)) == 1 }
        clock.advance(by: .seconds(10))
        #expect(try await error?.code == .greetingDeadlineExceeded)
    }
}
