import Synchronization

/// Counts the connections of one listener, so that there are never more than `limit`. A slot is taken when a connection is
/// accepted and given back when its session has ended, not when its socket is closed: a peer that reconnects in a loop must
/// not pile up sessions.
final class ConnectionSlots: Sendable {
    let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether there was a slot, which is now the caller's.
    func take() -> Bool {
        taken.withLock { taken in
            guard taken < limit else { return false }
            taken += 1
            return true
        }
    }

    func giveBack() {
        taken.withLock { $0 -= 1 }
    }
}
