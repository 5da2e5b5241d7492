import AsyncHTTPClient
import Logging
import Machine
import NIOCore
import ServiceLifecycle
import UnixSignals

/// The master put together: what is made once at start, and the loops that run until it stops.
public enum MasterNode {
    /// One for each client, one for each minion, and some for the store.
    static let descriptors = 16_384

    /// Runs until SIGTERM or SIGINT. Services and pods go on without a master.
    /// - Throws: `MasterStartError` when the master cannot start, or the error of a loop that must not end.
    public static func run(_ config: MasterConfig) async throws {
        let logger = Logger(label: "minion-master")
        let store = try ClusterStorage.open(config)
        let notifier = SystemdNotifier()
        if let advice = HostProbe.raiseDescriptorLimit(wanted: descriptors).advice { logger.warning("\(advice)") }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: clientConfiguration)
        let parts = MasterParts(
            config: config, store: store.documents, client: client, time: MonotonicTime(ContinuousClock()),
            logger: logger)
        let services = parts.services(controllers: controllers(parts)) { port in
            logger.notice("serving on \(config.address):\(port)")
            notifier.ready(status: "serving on \(config.address):\(port)")
        }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "minion-master.lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await group.run())
        } catch {
            outcome = .failure(error)
        }
        try await client.shutdown()
        try store.close()
        try outcome.get()
        logger.notice("stopped; services and pods go on")
    }

    /// What runs beside the API: the controllers and the pusher.
    private static func controllers(_ parts: MasterParts) -> [any ServiceLifecycle.Service] { [] }

    /// Answers are passed on as they are: not unpacked, and a redirection is the client's to follow.
    static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(60))
        configuration.decompression = .disabled
        return configuration
    }
}
