import Proxy
import Services
import Synchronization

/// A listener host whose sockets are numbers. Sockets of an earlier process exist before anybody adopts them.
final class FakeListenerHost: ListenerHost {
    private struct Listener {
        var descriptor: Int32
        var port: UInt16
        var backends: [Backend]?
    }

    private struct State {
        var listeners: [String: Listener] = [:]
        /// Port of every listening socket, served or not.
        var sockets: [Int32: UInt16] = [:]
        var taken: Set<UInt16> = []
        var nextDescriptor: Int32 = 100
        var nextPort: UInt16 = 40000
        var failure: ProxyError?
        var beforeClose: @Sendable (UInt16) -> Void = { _ in }
    }

    private let state = Mutex(State())

    /// A listening socket an earlier process left.
    func leaveSocket(port: UInt16) -> Int32 {
        state.withLock { state in
            state.nextDescriptor += 1
            state.sockets[state.nextDescriptor] = port
            return state.nextDescriptor
        }
    }

    /// Another program listens there.
    func take(port: UInt16) { state.withLock { _ = $0.taken.insert(port) } }
    /// It no longer does.
    func free(port: UInt16) { state.withLock { _ = $0.taken.remove(port) } }
    /// Nothing can be opened until this is `nil` again.
    func breakDown(_ error: ProxyError?) { state.withLock { $0.failure = error } }
    /// Called with the port before a socket is closed.
    func beforeClose(_ look: @escaping @Sendable (UInt16) -> Void) { state.withLock { $0.beforeClose = look } }

    /// Ports on which somebody who connects is not refused.
    var openPorts: Set<UInt16> { state.withLock { Set($0.sockets.values) } }
    /// Names of the listeners that are served.
    var names: Set<String> { state.withLock { Set($0.listeners.keys) } }
    /// What a listener spreads its connections over; `nil` before the first time.
    func backends(of name: String) -> [Backend]? { state.withLock { $0.listeners[name]?.backends } }
    func port(of name: String) -> UInt16? { state.withLock { $0.listeners[name]?.port } }

    func open(_ name: String, port: UInt16) throws(ProxyError) -> UInt16 {
        try state.withLock { state throws(ProxyError) in
            if let failure = state.failure { throw failure }
            guard state.listeners[name] == nil else { throw ProxyError(code: .nameTaken, message: name) }
            var port = port
            if port == 0 {
                state.nextPort += 1
                port = state.nextPort
            }
            guard !state.taken.contains(port), !state.sockets.values.contains(port) else {
                throw ProxyError(code: .portUnavailable, message: "port \(port) is in use")
            }
            state.nextDescriptor += 1
            state.sockets[state.nextDescriptor] = port
            state.listeners[name] = Listener(descriptor: state.nextDescriptor, port: port)
            return port
        }
    }

    func adopt(_ name: String, descriptor: Int32) throws(ProxyError) -> UInt16 {
        try state.withLock { state throws(ProxyError) in
            guard let port = state.sockets[descriptor] else {
                throw ProxyError(code: .notAListener, message: "descriptor \(descriptor) does not listen")
            }
            state.listeners[name] = Listener(descriptor: descriptor, port: port)
            return port
        }
    }

    func setBackends(_ name: String, _ backends: [Backend]) -> Bool {
        state.withLock { state in
            state.listeners[name]?.backends = backends
            return state.listeners[name] != nil
        }
    }

    func close(_ name: String) {
        let (look, port) = state.withLock { ($0.beforeClose, $0.listeners[name]?.port) }
        if let port { look(port) }
        state.withLock { state in
            guard let listener = state.listeners.removeValue(forKey: name) else { return }
            state.sockets[listener.descriptor] = nil
        }
    }

    func descriptor(of name: String) -> Int32? { state.withLock { $0.listeners[name]?.descriptor } }
}
