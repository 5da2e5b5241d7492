import NIOCore
import NIOPosix

/// Connects to an agent.
///
/// Uses NIO's shared event loops: a command-line tool starts their threads with its first connection, and a master has one
/// pool for all its nodes.
public enum LineClient {
    /// Connects to a TCP port; a name is resolved, and its addresses are tried in turn (RFC 8305).
    ///
    /// Throws `connectFailed`, at the latest after `LineLimits.connectDeadline`.
    public static func connect(
        host: String, port: Int, limits: LineLimits = LineLimits(), clock: any Clock<Duration> = ContinuousClock()
    ) async throws(WireError) -> LineConnection {
        try await connect("\(host):\(port)", limits, clock) { bootstrap in
            try await bootstrap.connect(host: host, port: port) { Dialed.prepare($0, limits, isTCP: true) }
        }
    }

    /// Connects to a listening socket in the file system. Throws as `connect(host:port:)`.
    public static func connect(
        unixPath path: String, limits: LineLimits = LineLimits(), clock: any Clock<Duration> = ContinuousClock()
    ) async throws(WireError) -> LineConnection {
        try await connect(path, limits, clock) { bootstrap in
            try await bootstrap.connect(unixDomainSocketPath: path) { Dialed.prepare($0, limits, isTCP: false) }
        }
    }

    private static func connect(
        _ name: String, _ limits: LineLimits, _ clock: any Clock<Duration>,
        _ dial: (ClientBootstrap) async throws -> Dialed
    ) async throws(WireError) -> LineConnection {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(limits.connectDeadline))
        do {
            let dialed = try await dial(bootstrap)
            let peer = try await dialed.channel.eventLoop.flatSubmit { dialed.channel.peer() }.get()
            return LineConnection(
                channel: dialed.channel, peer: peer, handler: dialed.handler, limits: limits, clock: clock)
        } catch {
            throw WireError(.connectFailed, "cannot connect to \(name)", cause: error)
        }
    }
}

/// A channel on its way to the agent, with what makes lines of it.
private struct Dialed: Sendable {
    var channel: any Channel
    var handler: NIOLoopBound<LineHandler>

    /// On the event loop, before the channel is connected. The agent is trusted: the client chose it.
    static func prepare(_ channel: any Channel, _ limits: LineLimits, isTCP: Bool) -> EventLoopFuture<Dialed> {
        channel.prepareForLines(limits, isTCP: isTCP).flatMapThrowing {
            var limits = limits
            limits.maxLineBytes += LineLimits.replyHeadroomBytes
            let handler = LineHandler(limits: limits, isTrusted: true)
            try channel.pipeline.syncOperations.addHandler(handler)
            return Dialed(channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }
    }
}
