import Machine
import Synchronization

/// How often terms that minions have seen may be outranked. Each time the leader begins anew, and a minion that is broken or
/// hostile always has a higher one.
final class OutrankPace: Sendable {
    /// Between the first time and the second; doubled with each further one.
    static let first: Duration = .seconds(120)
    /// The longest between two.
    static let last: Duration = .seconds(3_600)

    private struct State {
        /// The highest term that was told and not outranked yet.
        var highest: UInt64 = 0
        var next: Duration?
        var interval = OutrankPace.first
    }

    private let time: MonotonicTime
    private let state = Mutex(State())

    init(_ time: MonotonicTime) {
        self.time = time
    }

    /// What is to be outranked now that a minion has seen `term`: it, or a higher one that was told when it was too early.
    /// - Returns: `nil` when it is too early, and for a term above `Lead.termLimit`.
    func take(_ term: UInt64) -> UInt64? {
        guard term <= Lead.termLimit else { return nil }
        let now = time.now()
        return state.withLock { state in
            state.highest = max(state.highest, term)
            if let next = state.next {
                guard now >= next else { return nil }
                state.interval = min(state.interval * 2, Self.last)
            }
            state.next = now + state.interval
            defer { state.highest = 0 }
            return state.highest
        }
    }
}
