import Glibc

/// The bounds of the data plane. The defaults are meant to be left alone; each says why it is what it is.
public struct ProxySettings: Sendable, Equatable {
    /// Worker threads, 1…64. Default: one per processor online, at most 8, which carries more than a node's
    /// network card does; an idle worker costs a stack and an epoll set.
    public var workers: Int
    /// Connections that may wait, accepted by the kernel and not yet by us, per listener; 1…65535, cut by the kernel to
    /// `net.core.somaxconn` (4096 by default, hence the same here). This is the queue in which clients wait during a restart.
    public var backlog: Int32
    /// One entry per round of the search for a backend: how long until the next backend is tried where one keeps silent; 1 to
    /// 8 entries, each positive. A refusal goes on to the next backend within the same round. Default 250 ms, 500 ms, 1 s, 2 s
    /// (reference §5.6): a client is answered within 3.75 s whatever is broken.
    public var dialTimeouts: [Duration]
    /// Connections relayed at once, over all listeners; 1…8,388,608. One over it is accepted and reset at once, and counted
    /// (`RefusalReason.connectionLimit`): left in the backlog it would wait in silence for an end that may never come.
    /// Default: half of what `RLIMIT_NOFILE` leaves after `descriptorReserve`, as each takes two descriptors.
    public var maxConnections: Int
    /// Descriptors that are never taken for connections or listeners, below `RLIMIT_NOFILE`; 0…1,048,576. The rest of the
    /// process lives on them, and not comfortably without: libdispatch, under every Swift task, ends the process when it
    /// cannot open `/proc/self/stat` (its thread-pool monitor). Past this mark a client is accepted and reset, counted as
    /// `RefusalReason.exhausted`. Default: 1024, or a quarter of a limit below 4096.
    public var descriptorReserve: Int
    /// Memory for bytes that were read and could not be written yet, all workers together; 64 KiB per worker…1 TiB, of
    /// which each worker has an equal share. It is the readers who are slower than their writers that need it, two
    /// buffers of 64 KiB per connection at most. Beyond it bytes stay in the kernel until they can be written: a
    /// connection then costs a system call more per piece, and waits for nobody but its own reader. Default 64 MiB, for
    /// a thousand slow readers: a node's memory belongs to its pods, and the agent is the last the kernel ends
    /// (OOMScoreAdjust= of the unit).
    public var maxBufferedBytes: Int
    /// How long a connection of which one direction has ended may carry nothing in the other. Half-closed and silent for an
    /// hour is legitimate (a client sends its question, ends its side and waits for a long computation) and is also how
    /// relays leak sockets; one hour is what kube-proxy asks of conntrack for the same state
    /// (`--conntrack-tcp-timeout-close-wait`). A connection open in both directions has no limit.
    public var halfClosedIdle: Duration
    /// Silence after which keep-alive probes begin, on both legs; whole seconds, 1 s…32767 s (tcp(7), TCP_KEEPIDLE). Default
    /// 60 s: below every NAT table's idle limit in common use (the shortest is 240 s), so idle connections stay known there.
    public var keepaliveIdle: Duration
    /// Time between two unanswered probes; whole seconds, 1 s…32767 s (TCP_KEEPINTVL).
    public var keepaliveInterval: Duration
    /// Unanswered probes after which the peer is given up and the other leg reset; 1…127 (TCP_KEEPCNT). With the defaults a
    /// vanished machine is noticed after 60 + 5 × 15 = 135 s.
    public var keepaliveProbes: Int32
    /// Pause of a worker's accepting from a listener when descriptors or memory run out; positive. Clients wait in the backlog
    /// meanwhile. It bounds the cost of the shortage to ten failed calls a second and listener instead of a spin.
    public var acceptPause: Duration

    /// The defaults, computed from the processors and the descriptor limit of this process.
    public init() {
        workers = min(8, max(1, Self.onlineProcessors))
        backlog = 4096
        dialTimeouts = [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)]
        descriptorReserve = min(1024, Self.descriptorLimit / 4)
        maxConnections = max(1, (min(Self.descriptorLimit, Token.maximumSlots) - descriptorReserve) / 2)
        maxBufferedBytes = 64 << 20
        halfClosedIdle = .seconds(3600)
        keepaliveIdle = .seconds(60)
        keepaliveInterval = .seconds(15)
        keepaliveProbes = 5
        acceptPause = .milliseconds(100)
    }

    private static var onlineProcessors: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// `RLIMIT_NOFILE` of this process as it is now.
    static var descriptorLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Refuses what the documentation of each setting excludes.
    func validate() throws(ProxyError) {
        func require(_ holds: Bool, _ sentence: String) throws(ProxyError) {
            guard holds else { throw ProxyError(code: .invalidSetting, message: sentence) }
        }
        let seconds = Duration.seconds(1)...Duration.seconds(32767)
        try require((1...64).contains(workers), "workers must be 1…64, was \(workers)")
        try require((1...65535).contains(backlog), "backlog must be 1…65535, was \(backlog)")
        try require(
            (1...DialPolicy.maximumRounds).contains(dialTimeouts.count) && dialTimeouts.allSatisfy { $0 > .zero },
            "dialTimeouts must be 1 to \(DialPolicy.maximumRounds) positive durations, was \(dialTimeouts)")
        try require(
            (1...Token.maximumSlots / 2).contains(maxConnections),
            "maxConnections must be 1…\(Token.maximumSlots / 2), was \(maxConnections)")
        try require(
            (0...1 << 20).contains(descriptorReserve), "descriptorReserve must be 0…1048576, was \(descriptorReserve)")
        let buffers = workers * RelayBuffer.capacity...1 << 40
        try require(
            buffers.contains(maxBufferedBytes),
            "maxBufferedBytes must be \(buffers.lowerBound)…\(buffers.upperBound), was \(maxBufferedBytes)")
        try require(halfClosedIdle > .zero, "halfClosedIdle must be positive, was \(halfClosedIdle)")
        try require(seconds.contains(keepaliveIdle), "keepaliveIdle must be 1 s…32767 s, was \(keepaliveIdle)")
        try require(
            seconds.contains(keepaliveInterval), "keepaliveInterval must be 1 s…32767 s, was \(keepaliveInterval)")
        try require((1...127).contains(keepaliveProbes), "keepaliveProbes must be 1…127, was \(keepaliveProbes)")
        try require(acceptPause > .zero, "acceptPause must be positive, was \(acceptPause)")
    }
}
