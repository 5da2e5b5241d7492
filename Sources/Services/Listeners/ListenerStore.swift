public import Machine

/// Where listening sockets outlive this process, so that clients wait during a restart instead of being refused.
/// `SystemdNotifier` is the real one (systemd.service(5), `FileDescriptorStoreMax=`).
public protocol ListenerStore: Sendable {
    /// Keeps a duplicate of `descriptor` under `name`, which is at most 255 bytes of ASCII without `:`.
    func keep(_ descriptor: Int32, name: String) -> SystemdNotifier.Delivery

    /// Closes what is kept under `name`.
    func forget(_ name: String)
}

extension SystemdNotifier: ListenerStore {
    /// `FDSTORE=1`; `noManager` where systemd did not start the agent.
    public func keep(_ descriptor: Int32, name: String) -> Delivery { store(descriptor: descriptor, name: name) }

    /// `FDSTOREREMOVE=1`.
    public func forget(_ name: String) { removeStored(name: name) }
}
