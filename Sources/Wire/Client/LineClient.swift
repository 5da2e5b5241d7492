import NIOCore
import NIOPosix

/// Connects to an agent.
///
/// Uses NIO's shared event loops: a command-line tool starts their threads with its first connection, and a master has one
/// pool for all its nodes.
public enum LineClient {
    /// Connects to a TCP port; a name is resolved, and its addresses are tried in turn (RFC 8305).
    ///
    /// Throws `connectFailed`, at the latest after `LineLimits.connectDeadline`. With TLS also `certificateInvalid`,
    /// `certificateRefused`, `notTheProtocol` and `greetingDeadlineExceeded`; but the peer's verdict on our certificate may
    /// come after this has returned, and then ends the greeting (`WireSession.with`).
    public static func connect(
        host: String, port: Int, tls: TLSDial? = nil, limits: LineLimits = LineLimits(),
        clock: any Clock<Duration> = ContinuousClock()
    ) async throws(WireError) -> LineConnection {
        try await connect("\(host):\(port)", tls, limits, clock) { bootstrap in
            try await bootstrap.connect(host: host, port: port) {
                Dialed.prepare($0, limits, isTCP: true, tls, name: "\(host):\(port)")
            }
        }
    }

    /// Connects to a listening socket in the file system. Throws as `connect(host:port:)`.
    public static func connect(
        unixPath path: String, limits: LineLimits = LineLimits(), clock: any Clock<Duration> = ContinuousClock()
    ) async throws(WireError) -> LineConnection {
        try await connect(path, nil, limits, clock) { bootstrap in
            try await bootstrap.connect(unixDomainSocketPath: path) {
                Dialed.prepare($0, limits, isTCP: false, nil, name: path)
            }
        }
    }

    private static func connect(
        _ name: String, _ tls: TLSDial?, _ limits: LineLimits, _ clock: any Clock<Duration>,
        _ dial: (ClientBootstrap) async throws -> Dialed
    ) async throws(WireError) -> LineConnection {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(limits.connectDeadline))
        do {
            let dialed = try await dial(bootstrap)
            let identity = try await dialed.identity(tls, name)
            let peer = try await dialed.peer()
            return LineConnection(
                channel: dialed.channel, peer: peer, handler: dialed.handler, limits: limits, clock: clock,
                identity: identity, trouble: dialed.handshake?.trouble)
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.connectFailed, "cannot connect to \(name)", cause: error)
        }
    }
}

/// A channel on its way to the agent, with what makes lines of it.
private struct Dialed: Sendable {
    var channel: any Channel
    var handler: NIOLoopBound<LineHandler>
    var handshake: Handshake?

    /// On the event loop, before the channel is connected. The agent is trusted: the client chose it.
    static func prepare(
        _ channel: any Channel, _ limits: LineLimits, isTCP: Bool, _ tls: TLSDial?, name: String
    ) -> EventLoopFuture<Dialed> {
        channel.prepareForLines(limits, isTCP: isTCP).flatMapThrowing {
            let handshake = try tls.map {
                try Handshake.dial(channel, $0.credentials, name: name, deadline: limits.greetingDeadline)
            }
            var limits = limits
            limits.maxLineBytes += LineLimits.replyHeadroomBytes
            let handler = LineHandler(limits: limits, isTrusted: true)
            try channel.pipeline.syncOperations.addHandler(handler)
            return Dialed(
                channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), handshake: handshake)
        }
    }

    /// Where the peer is. Throws what TLS says where the peer has gone already because of our certificate.
    func peer() async throws -> Peer {
        do {
            return try await channel.eventLoop.flatSubmit { channel.peer() }.get()
        } catch {
            throw handshake?.trouble.error ?? error
        }
    }

    /// Who the peer is, once that is known; the connection ends when it is not who was dialled.
    func identity(_ tls: TLSDial?, _ name: String) async throws -> ClusterIdentity? {
        guard let tls, let handshake else { return nil }
        do {
            let identity = try await handshake.outcome.get()
            try tls.check(identity, peer: name)
            return identity
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }
}
