import ClusterModel
import Synchronization

/// What is known of one object: what is wanted, what is seen, and how far it has got.
struct BoardEntry: Sendable, Equatable {
    /// `nil` once the object is no longer wanted and only its removal is awaited.
    var wanted: StoredObject?
    /// The generation asked for last.
    var generation: UInt64
    /// The generation `convergence` speaks of; older than `generation` until its loop has taken note.
    var observedGeneration: UInt64 = 0
    var convergence: Convergence = .pending
    /// What the object's loop sees, as the `currentState` of answers.
    var observed: Observation?

    /// The convergence of the newest change.
    var standing: Convergence { observedGeneration >= generation ? convergence : .pending }
}

/// How many objects of a kind there are, kept up with every change so that asking costs nothing.
struct BoardCount: Sendable, Equatable {
    /// Wanted, or on the way out.
    var present = 0
    /// As wanted right now.
    var applied = 0

    mutating func replace(_ before: BoardEntry?, with after: BoardEntry?) {
        present += (after == nil ? 0 : 1) - (before == nil ? 0 : 1)
        applied += (after?.standing == .applied ? 1 : 0) - (before?.standing == .applied ? 1 : 0)
    }
}

/// What a loop saw of an object.
enum Observation: Sendable, Equatable {
    case pod(PodState)
    case service(proxyPort: UInt16?, endpoints: Int)
}

/// The one place observations flow up to (DESIGN "values flow down, observations flow up through one board"). Latest wins
/// per object, so a slow reader costs a bounded map and never order or truth.
final class StatusBoard: Sendable {
    /// Told which object changed, or with `nil` that the node's own state did; it reads the news itself, so two changes
    /// that race still end at the newest.
    typealias Listener = @Sendable (ObjectKey?) -> Void

    private struct State {
        var entries: [ObjectKey: BoardEntry] = [:]
        var counts: [ObjectKind: BoardCount] = [:]
        var problems: [String: String] = [:]
        var unschedulable: String?
        var listeners: [UInt64: Listener] = [:]
        var nextListener: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Notes that `patch` is stored and wanted now; entries wait from here on.
    func expect(_ patch: StatePatch) {
        for stored in patch.put {
            change(stored.object.key) { entry in
                var next = entry ?? BoardEntry(wanted: nil, generation: 0)
                next.wanted = stored
                next.generation = stored.generation
                return next
            }
        }
        for key in patch.removed {
            change(key) { entry in
                guard var next = entry else { return nil }
                next.wanted = nil
                next.generation = max(next.generation, patch.generation)
                return next
            }
        }
    }

    /// Takes a loop's word on `key` as of `generation`; `.removed` ends the entry unless it is wanted again.
    func post(_ key: ObjectKey, generation: UInt64, convergence: Convergence, observed: Observation?) {
        change(key) { entry in
            guard var next = entry else { return nil }
            if convergence == .removed && next.wanted == nil { return nil }
            guard generation >= next.observedGeneration else { return next }
            next.observedGeneration = generation
            next.convergence = convergence
            next.observed = observed
            return next
        }
    }

    /// A problem of the node under a short stable name; `nil` ends it. STATUS= and `health` show them.
    func note(problem name: String, _ words: String?) {
        let listeners: [Listener] = state.withLock { state in
            guard state.problems[name] != words else { return [] }
            state.problems[name] = words
            return Array(state.listeners.values)
        }
        for listener in listeners { listener(nil) }
    }

    /// Why no pod can be started on the node now; `nil` ends it. The node's own status shows it.
    func note(unschedulable words: String?) {
        let listeners: [Listener] = state.withLock { state in
            guard state.unschedulable != words else { return [] }
            state.unschedulable = words
            return Array(state.listeners.values)
        }
        for listener in listeners { listener(nil) }
    }

    /// Why no pod can be started on the node now; `nil` when one can.
    var unschedulable: String? { state.withLock { $0.unschedulable } }

    /// How many objects of `kind` are wanted or not yet gone.
    func count(_ kind: ObjectKind) -> BoardCount {
        state.withLock { $0.counts[kind] ?? BoardCount() }
    }

    /// The node's problems by name.
    var problems: [(name: String, words: String)] {
        state.withLock { $0.problems.sorted { $0.key < $1.key }.map { (name: $0.key, words: $0.value) } }
    }

    /// What is known of `key`; `nil` when nothing of it is wanted or left.
    func entry(_ key: ObjectKey) -> BoardEntry? {
        state.withLock { $0.entries[key] }
    }

    /// Every entry of `kind`, in order of namespace and name.
    func entries(_ kind: ObjectKind) -> [(key: ObjectKey, entry: BoardEntry)] {
        let found = state.withLock { state in state.entries.filter { $0.key.kind == kind } }
        return found.sorted { $0.key < $1.key }.map { (key: $0.key, entry: $0.value) }
    }

    /// Calls `listener` after every change from now on, on the thread that changed it: it must only take note.
    /// - Returns: the number to `unsubscribe` with.
    func subscribe(_ listener: @escaping Listener) -> UInt64 {
        state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = listener
            return state.nextListener
        }
    }

    /// Ends a subscription; a call under way may still finish.
    func unsubscribe(_ number: UInt64) {
        state.withLock { $0.listeners[number] = nil }
    }

    private func change(_ key: ObjectKey, _ body: (BoardEntry?) -> BoardEntry?) {
        let listeners: [Listener] = state.withLock { state in
            let before = state.entries[key]
            let after = body(before)
            guard after != before else { return [] }
            state.entries[key] = after
            state.counts[key.kind, default: BoardCount()].replace(before, with: after)
            return Array(state.listeners.values)
        }
        for listener in listeners { listener(key) }
    }
}
