public import Master
import NodeKit
import Synchronization

/// A store a case can be run on: a real one, or the one in memory.
public protocol StoreBench: Sendable {
    /// What is tested, as it is open now.
    var store: any ClusterStore { get async }
    /// Ends the store and opens it again with what was committed; for a server, kills and restarts it.
    func reopen() async throws
    /// Forgets the changes up to `revision`, that one included.
    func forget(through revision: UInt64) async throws
}

/// What every store must do: a story that throws where it does not end well. It has a collection of its own, so that cases
/// can share a store.
public struct StoreCase: Sendable, CustomStringConvertible {
    /// What the case shows.
    public let description: String
    private let story: @Sendable (any StoreBench, String) async throws -> Void

    init(_ description: String, _ story: @escaping @Sendable (any StoreBench, String) async throws -> Void) {
        self.description = description
        self.story = story
    }

    /// Runs the case.
    public func run(on bench: any StoreBench) async throws {
        try await story(bench, "case-\(UInt64.random(in: 0...UInt64.max))")
    }

    /// All of them.
    public static let all: [StoreCase] = documents + conditions + listings + watches + resuming + bounds
}

/// A story that did not end well.
public struct StoreCaseFailure: Error, CustomStringConvertible {
    /// What was wanted, and what was.
    public let description: String
}

/// Throws unless the two are equal.
func mustEqual<Value: Equatable>(_ what: String, _ value: Value, _ wanted: Value) throws {
    guard value == wanted else {
        throw StoreCaseFailure(description: "\(what): \(shortened(value)) instead of \(shortened(wanted))")
    }
}

/// Throws unless the condition is true.
func must(_ what: String, _ condition: Bool) throws {
    guard condition else { throw StoreCaseFailure(description: "not so: \(what)") }
}

/// Throws unless `body` throws with this code; returns what it threw.
@discardableResult
func mustThrow(_ code: StoreError.Code, _ what: String, _ body: () async throws -> Void) async throws -> StoreError {
    do {
        try await body()
    } catch let error as StoreError {
        try mustEqual("\(what) (\(error.message))", error.code, code)
        return error
    }
    throw StoreCaseFailure(description: "\(what): no error instead of \(code)")
}

/// Documents of 1 MiB make poor messages.
private func shortened(_ value: some Any) -> String { String("\(value)".prefix(2000)) }

extension ClusterStore {
    /// Makes or replaces a document.
    @discardableResult
    public func put(
        _ key: StoreKey, _ text: String, if conditions: StoreTransaction.Condition...
    ) async throws(StoreError) -> UInt64 {
        try await commit(StoreTransaction(conditions: conditions, changes: [.put(key, Array(text.utf8))]))
    }

    /// Removes a document.
    @discardableResult
    public func remove(
        _ key: StoreKey, if conditions: StoreTransaction.Condition...
    ) async throws(StoreError) -> UInt64 {
        try await commit(StoreTransaction(conditions: conditions, changes: [.remove(key)]))
    }

    /// The document at `key`, which must be there.
    func mustGet(_ key: StoreKey) async throws -> StoreEntry {
        guard let entry = try await get(key) else { throw StoreCaseFailure(description: "\(key) is not there") }
        return entry
    }
}

/// Follows a watch in a task of its own and keeps what it showed.
public final class WatchTape: Sendable {
    private struct State {
        var events: [StoreEvent] = []
        var end: Result<Void, any Error>?
    }

    private let state = Mutex(State())
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// Starts to follow.
    public init(_ stream: AsyncThrowingStream<StoreEvent, any Error>) {
        let follower = Task { [weak self] in
            do {
                for try await event in stream { self?.state.withLock { $0.events.append(event) } }
                self?.state.withLock { $0.end = .success(()) }
            } catch {
                self?.state.withLock { $0.end = .failure(error) }
            }
        }
        task.withLock { $0 = follower }
    }

    deinit { stop() }

    /// What has been seen so far.
    public var events: [StoreEvent] { state.withLock { $0.events } }

    /// Whether the stream has ended without an error.
    public var hasEnded: Bool {
        state.withLock { if case .success = $0.end { true } else { false } }
    }

    /// Ends the watch.
    public func stop() { task.withLock { $0 }?.cancel() }

    /// Everything up to the change of `revision`, as soon as that was seen. Throws what the watch ended with.
    public func events(through revision: UInt64) async throws -> [StoreEvent] {
        try await eventually(
            "the change of revision \(revision)",
            read: {
                try state.withLock { state in
                    if case .failure(let error) = state.end { throw error }
                    return state.events
                }
            }, until: { ($0.last?.revision ?? 0) >= revision })
    }

    /// The error the watch ends with.
    public func failure() async throws -> any Error {
        let end = try await eventually("the end", read: { state.withLock { $0.end } }, until: { $0 != nil })
        guard case .failure(let error) = end else { throw StoreCaseFailure(description: "it ended without an error") }
        return error
    }
}
