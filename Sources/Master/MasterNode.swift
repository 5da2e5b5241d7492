import AsyncHTTPClient
import Daemon
import Logging
import Machine
import NIOCore
import ServiceLifecycle

/// The master put together: what is made once at start, and the loops that run until it stops.
public enum MasterNode {
    /// One for each client, one for each minion, and some for the store.
    static let descriptors = 16_384

    /// Runs until SIGTERM or SIGINT. Services and pods go on without a master.
    /// - Throws: `MasterStartError` when the master cannot start, or the error of a loop that must not end.
    public static func run(_ config: MasterConfig) async throws {
        let logger = Logger(label: "minion-master")
        let identity = try MasterIdentity.load(config)
        let storage = try await ClusterStorage.open(config, logger)
        let duty = LeaderDuty()
        let isSole = config.etcdServers.isEmpty
        let notifier = SystemdNotifier()
        let limit = HostProbe.raiseDescriptorLimit(wanted: descriptors, unit: "minion-master")
        if let advice = limit.advice { logger.warning("\(advice)") }
        do {
            try await HTTPClient.withHTTPClient(configuration: clientConfiguration) { client in
                let parts = MasterParts(
                    config: config, store: storage.documents, client: client, identity: identity,
                    time: MonotonicTime(ContinuousClock()), logger: logger,
                    leader: { [election = storage.election] in isSole ? .here : duty.place(election.standing) })
                try await run(parts, storage, duty, notifier)
            }
        } catch {
            try await storage.close()
            throw error
        }
        try await storage.close()
        logger.notice("stopped; services and pods go on")
    }

    private static func run(
        _ parts: MasterParts, _ storage: ClusterStorage, _ duty: LeaderDuty, _ notifier: SystemdNotifier
    ) async throws {
        let place = parts.config.address
        let pusher = try parts.pusher(outrank: { await storage.election.outrank($0) })
        let work = controllers(parts, storage, duty, pusher)
        let services = parts.services(controllers: work, minions: pusher) { port in
            parts.logger.notice("serving on \(place):\(port)")
            notifier.ready(status: "serving on \(place):\(port)")
        }
        try await ServiceGroup.daemon(services).run()
    }

    /// What runs beside the API: the election, and what a leader does.
    static func controllers(
        _ parts: MasterParts, _ storage: ClusterStorage, _ duty: LeaderDuty, _ pusher: Pusher
    ) -> [any ServiceLifecycle.Service] {
        let work = LeaderWork(
            parts: parts, pusher: pusher, duty: duty, master: storage.advertisedURL,
            maintain: { await storage.maintain(parts.time) })
        let leader = Loop("leader") { await whileLeading(storage.election.standings()) { await work.run($0) } }
        return [leader] + (storage.campaign.map { [Loop("election", $0)] } ?? [])
    }

    /// Answers are passed on as they are: not unpacked, and a redirection is the client's to follow. They may be silent for
    /// long, as the log of a quiet container is; how long one may take to begin, `ReverseProxy` says.
    static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(5))
        configuration.decompression = .disabled
        // Whoever cannot be reached, or shows a wrong certificate, is named at once, and not after five seconds of trying.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
