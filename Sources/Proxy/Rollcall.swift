import Synchronization

/// A question to all workers, each of which answers once; the asker waits for all of them or until its time is up.
final class Rollcall: Sendable {
    private struct State {
        var missing: Int
        var verdict: Bool?
        var waiter: CheckedContinuation<Bool, Never>?
    }

    private let state: Mutex<State>

    init(of workers: Int) {
        state = Mutex(State(missing: workers))
    }

    /// One worker's answer.
    func answer() {
        let complete = state.withLock { state in
            state.missing -= 1
            return state.missing == 0
        }
        if complete { decide(true) }
    }

    /// `true` as soon as all have answered, `false` when `limit` passes before that.
    func wait(atMost limit: Duration) async -> Bool {
        let timer = Task {
            do { try await Task.sleep(for: limit) } catch { return }  // Cancelled: all have answered.
            self.decide(false)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { waiter in
            let verdict = state.withLock { state in
                if state.verdict == nil { state.waiter = waiter }
                return state.verdict
            }
            if let verdict { waiter.resume(returning: verdict) }
        }
    }

    private func decide(_ verdict: Bool) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.verdict == nil else { return nil }
            state.verdict = verdict
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: verdict)
    }
}
