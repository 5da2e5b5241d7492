public import Proxy

/// What owns the listening sockets of services and serves who connects to them. `ProxyServer` is the real one.
public protocol ListenerHost: Sendable {
    /// Listens on every address at `port`, 0 being one the kernel chooses.
    /// - Returns: the port.
    /// - Throws: `nameTaken`, `portUnavailable`, `shutDown`, `systemCall`.
    func open(_ name: String, port: UInt16) throws(ProxyError) -> UInt16

    /// Serves `name` on a socket that listens already, and owns it from here: it is closed if this throws.
    /// - Returns: the port it listens on.
    /// - Throws: `notAListener`, `nameTaken`, `shutDown`, `systemCall`.
    func adopt(_ name: String, descriptor: Int32) throws(ProxyError) -> UInt16

    /// Replaces the backends. Clients wait until the first call, and are reset at once while there is no backend.
    /// - Returns: `false` if no listener has that name.
    @discardableResult func setBackends(_ name: String, _ backends: [Backend]) -> Bool

    /// Stops listening. Connections already relayed live on.
    func close(_ name: String)

    /// The listening socket, still owned by the host; `nil` if none has that name.
    func descriptor(of name: String) -> Int32?
}

extension ProxyServer: ListenerHost {}
