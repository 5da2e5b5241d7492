import Testing

@testable import Daemon

@Suite struct LoopTests {
    @Test func aLoopThatEndsByItselfIsAnError() async {
        await #expect(throws: LoopEnded(name: "x")) { try await Loop("x") {}.run() }
    }

    @Test func workThatMayBeDoneIsNoneAndTheOthersGoOn() async throws {
        let (done, isDone) = AsyncStream<Void>.makeStream()
        let running = Task { try await Loop("x", mayEnd: true) { isDone.yield() }.run() }
        for await _ in done { break }
        running.cancel()
        // Had it returned by itself, the group would have ended with it.
        try await running.value
    }

    @Test func aLoopThatIsStoppedIsNone() async throws {
        let (stream, _) = AsyncStream<Void>.makeStream()
        let running = Task { try await Loop("x") { for await _ in stream {} }.run() }
        running.cancel()
        try await running.value
    }
}
