import NIOCore

/// What the API allows a client, so that no client – slow, broken or hostile – takes the master from the others.
enum RESTLimits {
    /// Longest request body: an object must fit into a document of the store (`StoreEntry.value`).
    static let bodyBytes = 1_048_576
    /// Longest header field, and all of them together: a request with a selector needs hundreds of bytes.
    static let headerBytes = 16_384
    /// Header fields of a request; `kubecfg` sends six.
    static let headerFields = 64
    /// Bytes of request bodies at a time, over all connections: what 4096 clients may keep of the master's memory.
    static let bodiesBytes = 67_108_864
    /// Longest body of a node that joins or renews: a signing request (`CertificateAuthority.longestRequest`) with its line
    /// ends escaped, and a token.
    static let enrolmentBytes = 32_768
    /// Bytes of such bodies at a time: strangers send them, so they have no part in `bodiesBytes`.
    static let enrolmentsBytes = 1_048_576
    /// Connections at a time; later ones wait in the kernel's queue. A watch holds one.
    static let connections = 4_096
    /// Watches at a time: each may hold a mailbox of changes.
    static let watches = 2_048
    /// Containers' logs that are read at a time: each is a connection to a minion and a process there.
    static let logs = 64
    /// Seconds a connection may be silent between requests, or take to send the head of one.
    static let idleSeconds: Int64 = 60
    /// Seconds the body of a request may take.
    static let bodySeconds: Int64 = 30
    /// Seconds a client may let an answer wait without reading a part of it.
    static let stallSeconds: Int64 = 30

    /// How long a change is waited for before it is answered with 202 (reference §6.2).
    static let patience: Duration = .milliseconds(25)
    /// How long `sync=true` waits when no `timeout` is given, or one that is none.
    static let syncTimeout: Duration = .seconds(30)
    /// The longest `timeout`.
    static let longestTimeout: Duration = .seconds(300)
    /// Changes under way at a time.
    static let operations = 1_024
    /// How long the outcome of a change that was answered with 202 can be asked for (reference §6.2).
    static let outcomeLife: Duration = .seconds(600)
    /// Bytes of such outcomes; past it the oldest is forgotten early.
    static let outcomeBytes = 16_777_216
    /// Seconds after which a client may try again where the master was too busy or nobody led (RFC 9110 §10.2.3).
    static let retryAfter = 1
}

/// Those limits that a test needs smaller.
struct RESTBounds: Sendable {
    /// `RESTLimits.connections`.
    var connections = RESTLimits.connections
    /// `RESTLimits.idleSeconds`.
    var idle: TimeAmount = .seconds(RESTLimits.idleSeconds)
    /// `RESTLimits.bodySeconds`.
    var body: TimeAmount = .seconds(RESTLimits.bodySeconds)
    /// `RESTLimits.stallSeconds`.
    var stall: TimeAmount = .seconds(RESTLimits.stallSeconds)
    /// `RESTLimits.bodiesBytes`.
    var bodiesBytes = RESTLimits.bodiesBytes
}
