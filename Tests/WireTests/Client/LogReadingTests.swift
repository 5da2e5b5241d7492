import ClusterModel
import NodeKit
import Testing

@testable import Wire

@Suite struct LogReadingTests {
    private func refusal(_ connection: LineConnection) async -> WireError? {
        let query = LogQuery(pod: ObjectKey(kind: .pod, namespace: "default", name: "p"))
        return await #expect(throws: WireError.self) { try await LogReading.open(connection, query) }
    }

    @Test func anAgentThatDoesNotOpenTheLogIsNotWaitedForForEver() async throws {
        let clock = ManualClock()
        let code = try await withServer { connection in
            do {
                try await connection.sendText(#"{"type":"hello","protocol":1,"auth":[]}"# + "\n")
                try await connection.send([.ready(Ready(node: "n", agent: "test", term: 0, applied: [:]))])
            } catch {
                Issue.record(error)
            }
            // The question comes, and no answer.
            while await connection.nextBatch() != nil {}
        } _: { _, port in
            let connection = try await LineClient.connect(host: "127.0.0.1", port: port, clock: clock)
            async let error = refusal(connection)
            let deadline = connection.limits.logOpenDeadline
            try await eventually("it is waited for") { clock.sleepers(until: deadline) == 1 }
            clock.advance(by: deadline)
            return await error?.code
        }
        #expect(code == .answerDeadlineExceeded)
    }
}
