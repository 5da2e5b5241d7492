import Synchronization

/// The standing of this master, and everybody who wants to know of its changes. A listener that is slow to read sees the
/// newest only.
final class StandingBoard: Sendable {
    private struct State {
        var standing: LeaderStanding
        var lastID: UInt64 = 0
        var listeners: [UInt64: AsyncStream<LeaderStanding>.Continuation] = [:]
    }

    private let state: Mutex<State>

    init(_ standing: LeaderStanding) {
        state = Mutex(State(standing: standing))
    }

    /// The standing now.
    var standing: LeaderStanding { state.withLock { $0.standing } }

    /// The standing now, and whenever it changes.
    func standings() -> AsyncStream<LeaderStanding> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LeaderStanding.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { state in
            state.lastID += 1
            let id = state.lastID
            continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[id] = nil } }
            state.listeners[id] = continuation
            continuation.yield(state.standing)
        }
        return stream
    }

    /// Tells everybody of a new standing.
    /// - Parameter former: what it must still be; `nil` for whatever it is.
    /// - Returns: whether it was.
    @discardableResult
    func announce(_ standing: LeaderStanding, insteadOf former: LeaderStanding? = nil) -> Bool {
        state.withLock { state in
            guard former == nil || state.standing == former else { return false }
            guard state.standing != standing else { return true }
            state.standing = standing
            for listener in state.listeners.values { listener.yield(standing) }
            return true
        }
    }
}
