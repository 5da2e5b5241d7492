import Machine
import NodeKit
import Synchronization
import Testing

@testable import Master

/// Runs `body` with a pace and who was rung so far, slice by slice.
private func withPace(
    _ clock: ManualClock, _ body: (RingPace, @Sendable () -> [[String]]) async throws -> Void
) async throws {
    let rung = Mutex<[[String]]>([])
    let pace = RingPace(MonotonicTime(clock)) { names in rung.withLock { $0.append(names) } }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await pace.run() }
        try await body(pace) { rung.withLock(\.self) }
        group.cancelAll()
        try await group.waitForAll()
    }
}

@Suite("The pace of ringing")
struct RingPaceTests {
    private let names = (0..<RingPace.slice * 2 + 1).map { "m\($0)" }

    @Test("rings a slice at once and the next after a pause, in the order of their waiting")
    func slices() async throws {
        let clock = ManualClock()
        try await withPace(clock) { pace, rung in
            pace.add(names)
            for number in 1...3 {
                try await eventually("slice \(number)") { rung().count == number && clock.sleeperCount == 1 }
                clock.advance(by: RingPace.pause - .nanoseconds(1))
                #expect(rung().count == number)
                clock.advance(by: .nanoseconds(1))
            }
            #expect(rung().map(\.count) == [RingPace.slice, RingPace.slice, 1])
            #expect(rung().flatMap(\.self) == names)
        }
    }

    @Test("lets who waits keep its place, and puts who was rung behind all others")
    func places() async throws {
        let clock = ManualClock()
        try await withPace(clock) { pace, rung in
            pace.add(names)
            try await eventually("the first slice") { rung().count == 1 && clock.sleeperCount == 1 }
            pace.add(names.reversed())
            for number in 2...4 {
                clock.advance(by: RingPace.pause)
                try await eventually("slice \(number)") { rung().count == number && clock.sleeperCount == 1 }
            }
            #expect(rung().flatMap(\.self) == names + names.prefix(RingPace.slice).reversed())
        }
    }

    @Test("rings at once again when nobody has waited")
    func idle() async throws {
        let clock = ManualClock()
        try await withPace(clock) { pace, rung in
            for number in 1...3 {
                pace.add(["m1"])
                try await eventually("ring \(number)") { rung().count == number && clock.sleeperCount == 1 }
                clock.advance(by: RingPace.pause)
            }
        }
    }

    @Test("keeps one place a minion at the most, also where somebody always waits")
    func bounded() async throws {
        let clock = ManualClock()
        try await withPace(clock) { pace, rung in
            for number in 1...100 {
                pace.add(names)
                try await eventually("slice \(number)") { rung().count == number && clock.sleeperCount == 1 }
                #expect(pace.placeCount <= names.count)
                clock.advance(by: RingPace.pause)
            }
        }
    }
}
