import ClusterModel
import Machine
import NodeKit
import Synchronization
import Testing

@testable import Master

/// Takes down what a loop writes and answers as it is told.
final class WriteBook<Write: Sendable>: Sendable {
    private let state = Mutex((writes: [Write](), outcomes: [WriteOutcome]()))

    /// - Parameter outcomes: of the first writes; of all others `done`.
    init(_ outcomes: WriteOutcome...) {
        state.withLock { $0.outcomes = outcomes }
    }

    var writes: [Write] { state.withLock { $0.writes } }

    func carryOut(_ write: Write) -> WriteOutcome {
        state.withLock { state in
            state.writes.append(write)
            if !state.outcomes.isEmpty { return state.outcomes.removeFirst() }
            return .done(revision: UInt64(100 + state.writes.count))
        }
    }
}

@Suite struct ControllerLoopTests {
    private let clock = ManualClock()
    private let feed = ClusterFeed()

    private func start<Planner: ControllerPlanner>(
        _ planner: Planner, _ book: WriteBook<Planner.Write>
    ) -> Task<Void, Never> {
        let loop = ControllerLoop(
            planner: planner, time: MonotonicTime(clock), carryOut: { book.carryOut($0) })
        return Task { await loop.run(feed) }
    }

    @Test func whatThePlannerAsksForIsWrittenOnce() async throws {
        let book = WriteBook<EndpointsWrite>()
        let loop = start(EndpointsPlanner(), book)
        feed.add([.minion("a"), .ready("a"), .put(.service(Make.service())), .synced])
        try await eventually("the empty endpoints") { book.writes.count == 1 }
        feed.add([.pod(Make.pod("p", on: "a")), .status("p", Make.running("10.1.0.2"))])
        try await eventually("the pod's endpoints") { book.writes.count == 2 }
        #expect(book.writes.map { $0.endpoints?.endpoints } == [[], ["10.1.0.2:80"]])
        #expect(book.writes.map(\.version) == [nil, 101])
        feed.close()
        await loop.value
    }

    @Test func whatFailsIsTriedAgainWhenItsTimeHasCome() async throws {
        let book = WriteBook<EndpointsWrite>(.unavailable("down"))
        let loop = start(EndpointsPlanner(), book)
        feed.add([.put(.service(Make.service())), .synced])
        try await eventually("the loop sleeps") { clock.sleeperCount == 1 }
        #expect(book.writes.count == 1)
        clock.advance(by: .milliseconds(999))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .milliseconds(1))
        try await eventually("the second try") { book.writes.count == 2 }
        feed.close()
        await loop.value
    }

    @Test func theLoopWakesForAMinionThatIsLost() async throws {
        let book = WriteBook<ReplicationWrite>()
        let loop = start(ReplicationPlanner { "new" }, book)
        feed.add([
            .minion("a"), .ready("a"), .minion("b"), .ready("b"), .pod(Make.pod("p", on: "b")),
            .put(.replicationController(Make.controller("web", replicas: 1))), .synced,
        ])
        feed.add([.unreachable("b", since: .zero)])
        for seconds in [10, 50] {
            try await eventually("the loop sleeps") { clock.sleeperCount == 1 }
            #expect(book.writes.isEmpty)
            clock.advance(by: .seconds(seconds))
        }
        try await eventually("the pod is replaced") { book.writes.count == 2 }
        loop.cancel()
        await loop.value
    }

    /// Also one that sleeps, and one in the middle of a write.
    @Test func aLoopThatIsCancelledEndsWithItsWrites() async throws {
        let writing = Mutex(false)
        let loop = ControllerLoop(planner: EndpointsPlanner(), time: MonotonicTime(clock)) { _ in
            writing.withLock { $0 = true }
            do { try await MonotonicTime(clock).sleep(.seconds(1_000)) } catch {
                writing.withLock { $0 = false }
            }
            return .unavailable("cancelled")
        }
        let task = Task { await loop.run(feed) }
        feed.add([.put(.service(Make.service())), .synced])
        try await eventually("the write is under way") { writing.withLock { $0 } && clock.sleeperCount == 1 }
        task.cancel()
        await task.value
        #expect(!writing.withLock { $0 })
        #expect(feed.isClosed)
    }
}
