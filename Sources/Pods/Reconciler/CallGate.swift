import Machine
import Synchronization

/// Lets so many calls be under way at once and knows the oldest of them. Who comes later waits in order.
///
/// A call that hangs keeps its place until its deadline, so the places are told from the waiting by age: that is what
/// `oldest` is for.
final class CallGate: Sendable {
    private struct State {
        var free: Int
        var queue: [CheckedContinuation<Void, Never>] = []
        var lastID: UInt64 = 0
        var underWay: [UInt64: (what: String, since: Duration)] = [:]
    }

    private let state: Mutex<State>
    private let time: MonotonicTime

    /// - Parameter limit: calls at once, at least 1.
    init(limit: Int, time: MonotonicTime) {
        state = Mutex(State(free: max(1, limit)))
        self.time = time
    }

    /// Runs `body` when there is room. `what` names it for people.
    func run<Value: Sendable, Failure: Error>(
        _ what: String, _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await enter()
        let id = note(what)
        defer { leave(id) }
        return try await body()
    }

    /// The call that has been under way longest.
    var oldest: (what: String, since: Duration)? {
        state.withLock { $0.underWay.values.min { $0.since < $1.since } }
    }

    private func enter() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let mayGo = state.withLock { state -> Bool in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.queue.append(continuation)
                return false
            }
            if mayGo { continuation.resume() }
        }
    }

    private func note(_ what: String) -> UInt64 {
        let now = time.now()
        return state.withLock { state in
            state.lastID += 1
            state.underWay[state.lastID] = (what, now)
            return state.lastID
        }
    }

    private func leave(_ id: UInt64) {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.underWay[id] = nil
            // The place goes straight to the next in line.
            guard !state.queue.isEmpty else {
                state.free += 1
                return nil
            }
            return state.queue.removeFirst()
        }
        next?.resume()
    }
}
