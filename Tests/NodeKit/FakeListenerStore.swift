public import Machine
public import Services
import Synchronization

/// A descriptor store that only remembers.
public final class FakeListenerStore: ListenerStore {
    private struct State {
        var kept: [String: Int32] = [:]
        var failure: String?
    }

    private let state = Mutex(State())

    /// An empty store.
    public init() {}

    /// What is kept now, by name.
    public var descriptors: [String: Int32] { state.withLock { $0.kept } }

    /// Keeps nothing, for this reason, until it is `nil` again.
    public func breakDown(_ words: String?) { state.withLock { $0.failure = words } }

    /// See `ListenerStore`.
    @discardableResult
    public func keep(_ descriptor: Int32, name: String) -> SystemdNotifier.Delivery {
        state.withLock { state in
            if let failure = state.failure { return .failed(failure) }
            state.kept[name] = descriptor
            return .sent
        }
    }

    /// See `ListenerStore`.
    public func forget(_ name: String) { state.withLock { _ = $0.kept.removeValue(forKey: name) } }
}
