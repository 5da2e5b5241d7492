/// How long to wait between tries: the longest wait doubles with each failure, and of it a random part between half and all
/// is waited, so that a thousand minions that were lost together are not dialled together.
struct Backoff: Sendable {
    private let first: Duration
    private let last: Duration
    private var longest: Duration

    /// Waits of at most `first`, then twice that, up to `last`.
    init(first: Duration, last: Duration) {
        self.first = first
        self.last = last
        longest = first
    }

    /// The next wait; `chance` is random in 0..<1.
    mutating func next(_ chance: Double) -> Duration {
        defer { longest = min(longest * 2, last) }
        return longest / 2 + longest / 2 * chance
    }

    /// A try was good.
    mutating func reset() {
        longest = first
    }
}
