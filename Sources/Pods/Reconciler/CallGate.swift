import Machine
import Synchronization

/// Lets so many calls be under way at once and knows the oldest of them. Who comes later waits in order.
///
/// A call that outlasts the gate's patience while others wait gives its place on and goes on without one: four calls that
/// hang must not stop every pod of the node (law 7). The price is more calls at once than the limit, bounded by their own
/// deadlines. It stays visible in `oldest`.
final class CallGate: Sendable {
    private struct Call {
        var what: String
        var since: Duration
        var holdsPlace = true
    }

    private struct State {
        var free: Int
        var queue: [(what: String, entry: CheckedContinuation<UInt64, Never>)] = []
        var lastID: UInt64 = 0
        var underWay: [UInt64: Call] = [:]
        /// Whether a task looks after those who wait.
        var isWatched = false

        mutating func admit(_ what: String, now: Duration) -> UInt64 {
            lastID += 1
            underWay[lastID] = Call(what: what, since: now)
            return lastID
        }

        /// The oldest call that holds a place.
        var oldestHolder: (id: UInt64, since: Duration)? {
            underWay.lazy.filter(\.value.holdsPlace).map { ($0.key, $0.value.since) }.min { $0.1 < $1.1 }
        }
    }

    private let state: Mutex<State>
    private let patience: Duration
    private let time: MonotonicTime

    /// - Parameters:
    ///   - limit: calls at once, at least 1.
    ///   - patience: how long a call keeps its place from those who wait.
    init(limit: Int, patience: Duration, time: MonotonicTime) {
        state = Mutex(State(free: max(1, limit)))
        self.patience = patience
        self.time = time
    }

    /// Runs `body` when there is room. `what` names it for people.
    func run<Value: Sendable, Failure: Error>(
        _ what: String, _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let id = await enter(what)
        defer { leave(id) }
        return try await body()
    }

    /// The call that has been under way longest.
    var oldest: (what: String, since: Duration)? {
        state.withLock { state in
            state.underWay.min { ($0.value.since, $0.key) < ($1.value.since, $1.key) }.map { ($1.what, $1.since) }
        }
    }

    private func enter(_ what: String) async -> UInt64 {
        await withCheckedContinuation { (entry: CheckedContinuation<UInt64, Never>) in
            let now = time.now()
            let (id, mustWatch) = state.withLock { state -> (UInt64?, Bool) in
                if state.free > 0 {
                    state.free -= 1
                    return (state.admit(what, now: now), false)
                }
                state.queue.append((what, entry))
                defer { state.isWatched = true }
                return (nil, !state.isWatched)
            }
            if let id { entry.resume(returning: id) }
            if mustWatch { Task { await watch() } }
        }
    }

    private func leave(_ id: UInt64) {
        let now = time.now()
        let next = state.withLock { state -> (CheckedContinuation<UInt64, Never>, UInt64)? in
            guard let call = state.underWay.removeValue(forKey: id), call.holdsPlace else { return nil }
            // The place goes straight to the next in line.
            guard !state.queue.isEmpty else {
                state.free += 1
                return nil
            }
            let next = state.queue.removeFirst()
            return (next.entry, state.admit(next.what, now: now))
        }
        if let (entry, id) = next { entry.resume(returning: id) }
    }

    /// Gives places on for as long as somebody waits.
    private func watch() async {
        while let pause = giveOn() {
            // This task is never cancelled; were it, a look too early does no harm.
            do { try await time.sleep(pause) } catch {}
        }
    }

    /// Takes the places of calls that are too old and gives them to those who wait. Returns the time until the next is;
    /// `nil` when nobody waits.
    private func giveOn() -> Duration? {
        let now = time.now()
        let (admitted, pause) = state.withLock { state in
            var admitted: [(entry: CheckedContinuation<UInt64, Never>, id: UInt64)] = []
            while !state.queue.isEmpty, let oldest = state.oldestHolder, now - oldest.since >= patience {
                state.underWay[oldest.id]?.holdsPlace = false
                let next = state.queue.removeFirst()
                admitted.append((next.entry, state.admit(next.what, now: now)))
            }
            guard !state.queue.isEmpty, let oldest = state.oldestHolder else {
                state.isWatched = false
                return (admitted, Duration?.none)
            }
            return (admitted, oldest.since + patience - now)
        }
        for (entry, id) in admitted { entry.resume(returning: id) }
        return pause
    }
}
