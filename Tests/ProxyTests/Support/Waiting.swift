import Glibc
import NodeKit

@testable import Proxy

/// Starts a detached thread with a small stack: tests have thousands of them, waiting in a system call.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 256 << 10)
    var thread = pthread_t()
    // Balanced by takeRetainedValue in the thread, which alone gets the pointer.
    let box = Unmanaged.passRetained(Box(body))
    let result = pthread_create(
        &thread, &attributes,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box.toOpaque())
    pthread_attr_destroy(&attributes)
    guard result == 0 else { return box.release() }
    pthread_detach(thread)
}

/// Runs a body that blocks on a thread of its own, so that it does not keep one of the test runner's.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { waiter in
        startThread { waiter.resume(with: Swift.Result { try body() }) }
    }
}

/// As `eventually`, for threads.
func soon(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(Peer.patience)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened(description: what) }
        _ = poll(nil, 0, 2)
    }
}

/// A server for the length of `body`, shut down whatever happens in it.
func withProxy(
    _ change: (inout ProxySettings) -> Void = { _ in }, _ body: (ProxyServer) async throws -> Void
) async throws {
    var settings = ProxySettings()
    settings.workers = 2
    change(&settings)
    let server = try ProxyServer(settings: settings)
    do {
        try await body(server)
    } catch {
        await server.shutdown(drain: .zero)
        throw error
    }
    await server.shutdown(drain: .zero)
}

extension ProxyServer {
    /// Opens a listener with these backends; its port.
    func serve(_ name: String, _ backends: [Backend]) throws -> UInt16 {
        let port = try open(name, port: 0)
        setBackends(name, backends)
        return port
    }

    /// Replaces backends and returns when every worker uses them.
    func settle(_ name: String, _ backends: [Backend]) async throws {
        setBackends(name, backends)
        guard await heartbeat(within: .seconds(Peer.patience)) else { throw NeverHappened(description: "heartbeat") }
    }

    /// Counters of one listener.
    func traffic(_ name: String) -> TrafficCounters { counters().listeners[name] ?? TrafficCounters() }
}
