/// Why a client was reset instead of relayed.
public enum RefusalReason: String, Sendable, CaseIterable {
    /// The service has no backend.
    case noBackends
    /// Every round of `ProxySettings.dialTimeouts` ran out, or every backend refused.
    case allBackendsFailed
    /// `ProxySettings.maxConnections` are in use.
    case connectionLimit
    /// Only `ProxySettings.descriptorReserve` descriptors are left, or the kernel has no room to watch another socket
    /// (epoll(7), max_user_watches).
    case exhausted
    /// Towards a backend every source port of `net.ipv4.ip_local_port_range` was in use or in TIME_WAIT, and no other backend
    /// was reached.
    case noLocalPort
}

/// What has passed through one listener, or through all of them, since it was opened. Counts never fall, except `active`.
public struct TrafficCounters: Sendable, Equatable {
    /// Connections taken from the backlog, those refused included.
    public internal(set) var accepted: UInt64 = 0
    /// Connections held now: dialing or relaying.
    public internal(set) var active: UInt64 = 0
    /// Bytes read from clients.
    public internal(set) var bytesFromClients: UInt64 = 0
    /// Bytes read from backends.
    public internal(set) var bytesFromBackends: UInt64 = 0
    /// Attempts at a backend that were refused or ran out of time; one connection may count several.
    public internal(set) var dialFailures: UInt64 = 0
    /// Clients reset without having reached a backend, by reason.
    public internal(set) var refused: [RefusalReason: UInt64] = [:]
    /// Clients that went away while a backend was being dialled.
    public internal(set) var abandoned: UInt64 = 0
    /// Relayed connections that ended in a reset of either side, and were reset on the other.
    public internal(set) var resets: UInt64 = 0
    /// Half-closed connections given up after `ProxySettings.halfClosedIdle`.
    public internal(set) var expired: UInt64 = 0
    /// Connections cut because they outlived the bound given to `ProxyServer.shutdown(drain:)`.
    public internal(set) var cut: UInt64 = 0
}

/// A reading of all counters. It is put together from what every worker has counted by itself, without stopping any: values
/// that change together may differ by what happened during the reading.
public struct ProxyCounters: Sendable, Equatable {
    /// Everything, including what passed through listeners that are closed now.
    public internal(set) var total: TrafficCounters
    /// By the name of each open listener.
    public internal(set) var listeners: [String: TrafficCounters]
    /// Times a worker stopped accepting for `ProxySettings.acceptPause` because descriptors or memory had run out.
    public internal(set) var acceptPauses: UInt64
    /// Memory held for bytes that were read and could not be written yet, because their reader is slower than their writer.
    /// At most twice 64 KiB per connection, and `ProxySettings.maxBufferedBytes` altogether.
    public internal(set) var bufferedBytes: UInt64
}

/// How often the data plane turned clients away, or let them wait, for want of something of the node's own. Counts never fall.
public struct ProxyShortage: Sendable, Equatable {
    /// Clients reset by `RefusalReason.connectionLimit`.
    public var connectionLimit: UInt64
    /// Clients reset by `RefusalReason.exhausted`.
    public var exhausted: UInt64
    /// Clients reset by `RefusalReason.noLocalPort`.
    public var noLocalPort: UInt64
    /// `ProxyCounters.acceptPauses`.
    public var acceptPauses: UInt64

    /// Nothing was ever short unless told otherwise.
    public init(connectionLimit: UInt64 = 0, exhausted: UInt64 = 0, noLocalPort: UInt64 = 0, acceptPauses: UInt64 = 0) {
        self.connectionLimit = connectionLimit
        self.exhausted = exhausted
        self.noLocalPort = noLocalPort
        self.acceptPauses = acceptPauses
    }
}
