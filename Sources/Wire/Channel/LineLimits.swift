/// The bounds of a server or client of lines. Each default says what it is for.
public struct LineLimits: Sendable, Equatable {
    /// The longest line of a peer that is trusted, in bytes: 4 MiB (`LineDecoder.defaultMaxLineBytes`).
    public var maxLineBytes = LineDecoder.defaultMaxLineBytes
    /// How much longer than `maxLineBytes` a reply may be that a client takes: 1 MiB. The object of a longest line comes back
    /// with its state around it.
    static let replyHeadroomBytes = 1_024 * 1_024
    /// The longest line of a peer that is not trusted yet: 16 KiB holds any token; all connections a listener takes
    /// together then hold a few megabytes for strangers.
    public var maxUntrustedLineBytes = 16 * 1024
    /// How many lines of a connection may wait for the session; at that many the connection is not read any more, and TCP
    /// tells the peer to stop (PROTOCOL "Framing and limits").
    public var maxWaitingLines = 1024
    /// How many bytes of lines may wait, likewise: 8 MiB. The line that crosses the bound is still taken, so a connection
    /// holds at most this and two lines of `maxLineBytes`: the crossing one, and one that has not ended.
    public var maxWaitingBytes = 8 * 1024 * 1024
    /// The most that is read from the kernel at once, in bytes: 64 KiB. A connection keeps the room, once so much has come;
    /// a power of two, at least `initialReadBytes`.
    public var readBytes = 64 * 1024
    /// What is read at once before more has come.
    static let initialReadBytes = 2 * 1024
    /// The kernel's receive buffer of a connection, in bytes: 256 KiB keep a peer 10 ms away at 25 MB/s. What it holds is
    /// read at once when a peer closes, so it is a bound on memory too.
    public var receiveBufferBytes = 256 * 1024
    /// How many connections a listener has at one time: a node has a handful of masters and a few people; more is a fault
    /// or an attack. Each listener has its own count, so that a flood on the port leaves the local socket alone.
    public var maxConnections = 256
    /// How many connections over `maxConnections` a port with TLS tells so at one time: a refusal can be read only after the
    /// handshake, which costs a signature and some 100 KiB. Those beyond are closed without a word.
    public var maxSecureRefusals = 16
    /// How long a peer that is refused may take for its handshake; it holds one of `maxSecureRefusals` places meanwhile.
    public var refusalDeadline = Duration.seconds(3)
    /// The kernel's send buffer of a connection, in bytes: 256 KiB. It also is the step in which a peer's reading is seen,
    /// because the kernel asks for more when about a third of it is free.
    public var sendBufferBytes = 256 * 1024
    /// How long a peer may read nothing while replies wait for it; then it is closed. One that reads some 3 KB/s goes on.
    public var writeDeadline = Duration.seconds(60)
    /// How long an orderly close waits for the peer to close too, so that the last line reaches it.
    public var closeDeadline = Duration.seconds(2)
    /// How long connecting may take.
    public var connectDeadline = Duration.seconds(10)
    /// How long the agent's greeting may take, up to `ready`.
    public var greetingDeadline = Duration.seconds(10)
    /// How long a client waits for an agent to open a container's log, after the greeting: the agent asks its container
    /// engine, which may be busy, but a reader must not hold a place for ever at one that hangs.
    public var logOpenDeadline = Duration.seconds(30)
    /// How long a port with TLS waits for a peer's first byte: who speaks TLS has begun by then, and a client of the plain
    /// protocol, who waits for a greeting, is told before `greetingDeadline` what is spoken here.
    public var firstByteDeadline = Duration.seconds(5)
    /// How many replies to one request a client keeps that nobody has looked at; one more ends the session.
    public var maxUnreadReplies = 65_536

    /// The step in which the kernel's taking of replies is watched: 64 KiB.
    static let pieceBytes = 64 * 1024
    /// How long a listener rests after it could not accept, because descriptors or memory ran out: trying at once would
    /// spin, because the connection that could not be accepted still waits.
    static let acceptPause = Duration.seconds(1)

    /// The default bounds.
    public init() {}
}

/// When a peer that says nothing counts as gone: a master whose machine lost its power sends no FIN (tcp(7)).
enum Keepalive {
    /// Seconds of silence before the first question.
    static let idleSeconds = 30
    /// Seconds between questions.
    static let intervalSeconds = 10
    /// Questions without an answer before the connection is lost: one minute in all.
    static let probes = 3
    /// Milliseconds that sent bytes may go unacknowledged; without it the kernel tries for a quarter of an hour.
    static let userTimeoutMilliseconds = 60_000
}
