import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// A port of the API. Stops gracefully: no new connection, watches end, answers under way are finished.
struct RESTServer<Responder: HTTPResponder>: ServiceLifecycle.Service where Responder.Context == RESTContext {
    let responder: Responder
    let address: String
    /// 0 picks a free one.
    let port: Int
    let bounds: RESTBounds
    /// `nil` serves plain HTTP.
    var tls: TLSConfiguration?
    let logger: Logger
    /// What is done before the port is opened.
    let prepare: @Sendable () async throws -> Void
    /// Called with the port once connections are taken.
    let onListening: @Sendable (Int) async -> Void

    /// Serves until the service group shuts down.
    /// - Throws: `MasterStartError` when the port cannot be had.
    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown(prepare)
        } catch is CancellationError {
            // Told to stop before there was anything to serve.
            return try await gracefulShutdown()
        }
        let http = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [StallGuard(after: bounds.stall)], idleTimeout: bounds.idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: RESTLimits.headerBytes, maxHeaderListSize: RESTLimits.headerBytes,
                    maxHeaderFieldCount: RESTLimits.headerFields)))
        let application = Application(
            responder: responder, server: try tls.map { try .tls(http, tlsConfiguration: $0) } ?? http,
            configuration: ApplicationConfiguration(
                address: .hostname(address, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(bounds.connections, logger: quiet)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw MasterStartError(code: .listen, message: "\(address):\(port): \(error)")
        }
    }

    /// The server logs every connection that a client breaks; what matters is in the metrics.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        return quiet
    }
}
