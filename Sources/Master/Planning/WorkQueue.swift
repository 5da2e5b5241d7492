/// How long to wait after the n-th failure in a row: twice as long each time, up to a bound.
struct RetryDelay: Sendable, Equatable {
    /// After the first failure.
    var first: Duration
    /// Never longer.
    var longest: Duration

    /// 1 s doubling to 60 s, the scheduler's of old (reference §6.5).
    static let standard = RetryDelay(first: .seconds(1), longest: .seconds(60))

    /// The delay after `failures` (at least 1) failures in a row.
    func delay(after failures: Int) -> Duration {
        var delay = first
        for _ in 1..<max(1, failures) {
            if delay >= longest { break }
            delay *= 2
        }
        return min(delay, longest)
    }
}

/// What is to be looked at, and when: at once in the order it came, or after a wait when it failed before. A key is in the
/// queue once at the most, so that a hundred changes of one object cost one look.
struct WorkQueue<Key: Hashable & Sendable>: Sendable {
    private struct Failures {
        var count: Int
        var last: Duration
    }

    private let delay: RetryDelay
    private var failures: [Key: Failures] = [:]
    private var deadlines = DeadlineQueue<Key>()

    init(delay: RetryDelay = .standard) {
        self.delay = delay
    }

    /// When there is something to look at next; `.zero` is at once, `nil` is never.
    var next: Duration? { deadlines.next }

    /// Adds `key` to be looked at at once, unless it is in the queue already or waits after a failure.
    mutating func add(_ key: Key) {
        if let deadline = deadlines.deadline(of: key), deadline == .zero || failures[key] != nil { return }
        deadlines.set(key, at: .zero)
    }

    /// Adds each of `keys`.
    mutating func add(_ keys: [Key]) {
        for key in keys { add(key) }
    }

    /// `key` failed: it waits from now on, longer each time. Failures while it waits already are of the same try.
    mutating func fail(_ key: Key, now: Duration) {
        if failures[key] != nil, let deadline = deadlines.deadline(of: key), deadline > now { return }
        let count = (failures[key]?.count ?? 0) + 1
        failures[key] = Failures(count: count, last: now)
        deadlines.set(key, at: now + delay.delay(after: count))
    }

    /// Puts `key` off to `moment` without calling it a failure; a key that waits after one is left to wait.
    mutating func postpone(_ key: Key, until moment: Duration) {
        if let deadline = deadlines.deadline(of: key), deadline > .zero, failures[key] != nil { return }
        deadlines.set(key, at: moment)
    }

    /// What made keys fail may have changed: each may be looked at once the shortest delay since its last failure is over.
    /// Costs O(waiting).
    mutating func hasten() {
        for (key, failure) in failures {
            let earliest = failure.last + delay.first
            if let deadline = deadlines.deadline(of: key), deadline > earliest { deadlines.set(key, at: earliest) }
        }
    }

    /// Takes out keys that are to be looked at now, the longest due first. How often they failed is remembered until
    /// `succeed` or `remove`.
    mutating func popDue(now: Duration, limit: Int = .max) -> [Key] { deadlines.popDue(now: now, limit: limit) }

    /// Forgets that `key` failed.
    mutating func succeed(_ key: Key) {
        failures[key] = nil
    }

    /// Forgets `key` altogether.
    mutating func remove(_ key: Key) {
        failures[key] = nil
        deadlines.remove(key)
    }
}
