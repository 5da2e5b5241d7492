import Testing

@testable import Agent

@Suite struct LoopTests {
    @Test func aLoopThatEndsByItselfIsAnError() async {
        await #expect(throws: LoopEnded(name: "x")) { try await Loop("x") {}.run() }
    }

    @Test func aLoopThatIsStoppedIsNone() async throws {
        let (stream, _) = AsyncStream<Void>.makeStream()
        let running = Task { try await Loop("x") { for await _ in stream {} }.run() }
        running.cancel()
        try await running.value
    }
}
