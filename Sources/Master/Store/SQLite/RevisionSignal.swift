import Synchronization

/// Wakes whoever waits for a newer revision. A waiter costs one continuation, whatever it has missed.
final class RevisionSignal: Sendable {
    private struct State {
        var newest: UInt64
        var isClosed = false
        var lastID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct Waiter {
        let revision: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state: Mutex<State>

    /// - Parameter newest: the revision that is there already.
    init(newest: UInt64) {
        state = Mutex(State(newest: newest))
    }

    /// Wakes everybody who waits for something older than `revision`. A revision that is not newer changes nothing.
    func advance(to revision: UInt64) {
        wake { state in state.newest = max(state.newest, revision) }
    }

    /// Wakes everybody, now and from now on.
    func close() {
        wake { state in state.isClosed = true }
    }

    /// Returns when there is a revision above `revision`, the signal is closed, or the task is cancelled.
    func wait(beyond revision: UInt64) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if Task.isCancelled || state.isClosed || state.newest > revision { return true }
                    state.waiters[id] = Waiter(revision: revision, continuation: continuation)
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            // The flag is set before this runs: whoever is not in the table yet will see it.
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume()
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let due = state.withLock { state in
            change(&state)
            let due = state.waiters.filter { state.isClosed || state.newest > $0.value.revision }
            for id in due.keys { state.waiters[id] = nil }
            return due
        }
        for waiter in due.values { waiter.continuation.resume() }
    }
}
