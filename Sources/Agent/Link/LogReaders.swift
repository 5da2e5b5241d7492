import Synchronization
import Wire

/// How many logs are read on the node at a time. Each is a child process of the engine's command and some descriptors: a
/// master that asks without end must not use up what containers need.
final class LogSlots: Sendable {
    /// On all connections together.
    static let limit = 32
    /// Of these, for the local socket alone: whoever stands at the node can look, whatever its masters read.
    static let localReserve = 4

    private let taken = Mutex(0)

    /// How many may be read before somebody on the local socket, or over TCP, is turned away.
    static func limit(isLocal: Bool) -> Int { isLocal ? limit : limit - localReserve }

    /// Takes a place. The caller gives it back.
    /// - Returns: whether there was one.
    func take(isLocal: Bool) -> Bool {
        taken.withLock { taken in
            guard taken < Self.limit(isLocal: isLocal) else { return false }
            taken += 1
            return true
        }
    }

    /// Gives a place back.
    func give() {
        taken.withLock { $0 -= 1 }
    }
}

/// The logs that one connection reads, each by a task of its own: an engine that hangs, or a container that says nothing,
/// keeps no other request waiting.
final class LogReaders: Sendable {
    private struct State {
        var tasks: [RequestID?: Task<Void, Never>] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Whether none is read.
    var isEmpty: Bool { state.withLock { $0.tasks.isEmpty } }

    /// Reads under an id that is free; `onEnd` is called when the reader is counted no more.
    /// - Returns: whether the id was free and the connection open.
    func begin(
        _ id: RequestID?, read: @escaping @Sendable () async -> Void, onEnd: @escaping @Sendable () -> Void
    ) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.tasks[id] == nil else { return false }
            state.tasks[id] = Task {
                await read()
                self.state.withLock { _ = $0.tasks.removeValue(forKey: id) }
                onEnd()
            }
            return true
        }
    }

    /// Asks a reader to end.
    /// - Returns: whether there is one of that id.
    func cancel(_ id: RequestID?) -> Bool {
        guard let task = state.withLock({ $0.tasks[id] }) else { return false }
        task.cancel()
        return true
    }

    /// Ends all, for good.
    func close() async {
        let tasks = state.withLock { state in
            state.isClosed = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
