import ClusterModel
import Machine
import NodeKit
import Testing

@testable import Master

@Suite struct OperationsTests {
    private let clock = ManualClock()
    private let operations: Operations
    private let begun: AsyncStream<Void>
    private let begin: AsyncStream<Void>.Continuation
    private let allowed: AsyncStream<RESTAnswer>
    private let allow: AsyncStream<RESTAnswer>.Continuation

    init() {
        (begun, begin) = AsyncStream.makeStream()
        (allowed, allow) = AsyncStream.makeStream()
        operations = Operations(time: MonotonicTime(clock))
    }

    /// A change that finishes when the test allows it.
    private func slowChange(patience: Duration = RESTLimits.patience) async throws -> RESTAnswer {
        try await operations.answer(patience: patience) { [begin, allowed] in
            begin.yield()
            return await allowed.first { _ in true } ?? .text("nobody allowed it", status: 500)
        }
    }

    @Test func aQuickChangeIsAnsweredAndForgotten() async throws {
        let answer = try await operations.answer(patience: RESTLimits.patience) { .text("done") }
        #expect(answer == .text("done"))
        #expect(await operations.ids() == [])
        #expect(await operations.outcome(of: "1") == nil)
    }

    @Test func aSlowChangeIsAnsweredWithItsNumberAndCanBeAskedFor() async throws {
        async let first = slowChange()
        try await eventually("the answer waits") { clock.sleeperCount == 1 }
        clock.advance(by: RESTLimits.patience)
        let working = RESTAnswer.status(.working(operation: "1"))
        #expect(try await first == working)
        #expect(await operations.ids() == ["1"])
        #expect(await operations.outcome(of: "1") == working)

        allow.yield(.text("done"))
        try await eventually("the change is finished") { await operations.outcome(of: "1") == .text("done") }
        #expect(await operations.ids() == ["1"])

        clock.advance(by: RESTLimits.outcomeLife)
        #expect(await operations.outcome(of: "1") == nil)
        #expect(await operations.ids() == [])
    }

    @Test func aClientThatGoesTakesNothingBack() async throws {
        let client = Task { try await slowChange(patience: .seconds(30)) }
        var begun = begun.makeAsyncIterator()
        await begun.next()
        client.cancel()
        #expect(try await client.value == .status(.working(operation: "1")))
        allow.yield(.text("done"))
        try await eventually("the change is finished") { await operations.outcome(of: "1") == .text("done") }
    }

    @Test func theOldestOutcomeIsForgottenWhenThereAreTooManyBytes() async throws {
        let large = [UInt8](repeating: 0, count: RESTLimits.outcomeBytes / 2 + 1)
        for id in ["1", "2"] {
            async let answer = slowChange()
            try await eventually("the answer waits") { clock.sleeperCount == 1 }
            clock.advance(by: RESTLimits.patience)
            _ = try await answer
            allow.yield(RESTAnswer(200, contentType: nil, body: large))
            try await eventually("the change is finished") { await operations.outcome(of: id)?.status == 200 }
        }
        #expect(await operations.ids() == ["2"])
    }

    @Test func tooManyChangesAtATimeAreRefused() async throws {
        let operations = operations
        let allowed = allowed
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<RESTLimits.operations {
                group.addTask {
                    _ = try? await operations.answer(patience: .zero) {
                        await allowed.first { _ in true } ?? .text("end")
                    }
                }
            }
        }
        await #expect(throws: APIFailure.self) {
            try await operations.answer(patience: .zero) { .text("one too many") }
        }
        allow.finish()
        try await eventually("all are finished") {
            (try? await operations.answer(patience: .seconds(1)) { .text("room again") }) == .text("room again")
        }
    }
}
