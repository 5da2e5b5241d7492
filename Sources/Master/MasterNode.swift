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
        let identity = try MasterIdentity.load(config)
        let storage = try await ClusterStorage.open(config)
        let notifier = SystemdNotifier()
        let limit = HostProbe.raiseDescriptorLimit(wanted: descriptors, unit: "minion-master")
        if let advice = limit.advice { logger.warning("\(advice)") }
        do {
            try await HTTPClient.withHTTPClient(configuration: clientConfiguration) { client in
                let parts = MasterParts(
                    config: config, store: storage.documents, client: client, identity: identity,
                    time: MonotonicTime(ContinuousClock()), logger: logger)
                try await run(parts, storage, notifier)
            }
        } catch {
            try await storage.close()
            throw error
        }
        try await storage.close()
        logger.notice("stopped; services and pods go on")
    }

    private static func run(
        _ parts: MasterParts, _ storage: ClusterStorage, _ notifier: SystemdNotifier
    ) async throws {
        let place = parts.config.address
        let services = parts.services(controllers: try controllers(parts, storage)) { port in
            parts.logger.notice("serving on \(place):\(port)")
            notifier.ready(status: "serving on \(place):\(port)")
        }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "minion-master.lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        try await group.run()
    }

    /// What runs beside the API: the election; controllers and the pusher follow its standings.
    /// - Throws: `MasterStartError` when the minions' token cannot be read.
    private static func controllers(
        _ parts: MasterParts, _ storage: ClusterStorage
    ) throws(MasterStartError) -> [any ServiceLifecycle.Service] {
        let (election, controllers) = (storage.election, parts.controllers)
        let pusher = try parts.pusher()
        let master = "\(parts.config.address):\(parts.config.port)"
        return [
            Loop("election") { await storage.campaign() },
            Loop("store") { await whileLeading(election.standings()) { _ in await storage.maintain(parts.time) } },
            Loop("controllers") { await controllers.run(election.standings()) },
            Loop("pusher") {
                await whileLeading(election.standings()) { term in
                    await pusher.run(as: master, term: term)
                    await parts.mirror.forgetReports()
                }
            },
        ]
    }

    /// Answers are passed on as they are: not unpacked, and a redirection is the client's to follow.
    static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(60))
        configuration.decompression = .disabled
        return configuration
    }
}
