import AsyncHTTPClient
import ClusterModel
import Logging
import Machine
import ServiceLifecycle
import Settings

/// What the master is made of, and who knows whom.
struct MasterParts: Sendable {
    let config: MasterConfig
    let store: any ClusterStore
    let mirror: ClusterMirror
    let registry: Registry
    let metrics = RESTMetrics()
    let client: HTTPClient
    let time: MonotonicTime
    let logger: Logger

    /// The parts over `store`, not running yet.
    init(config: MasterConfig, store: any ClusterStore, client: HTTPClient, time: MonotonicTime, logger: Logger) {
        self.config = config
        self.store = store
        self.client = client
        self.time = time
        self.logger = logger
        mirror = ClusterMirror(store: store, time: time, logger: logger)
        registry = Registry(
            store: store, mirror: mirror,
            settings: .init(
                allowPrivileged: config.allowPrivileged, portalNet: config.portalNet, podNet: config.podNet))
    }

    /// Everything that runs, in the order of starting; the stop goes the other way.
    /// - Parameters:
    ///   - controllers: what runs beside the API.
    ///   - onListening: called with the API's port once it serves.
    func services(
        controllers: [any ServiceLifecycle.Service], onListening: @escaping @Sendable (Int) async -> Void
    ) -> [any ServiceLifecycle.Service] {
        let registration = MachineRegistration(
            machines: config.machines, registry: registry, time: time, logger: logger)
        var services: [any ServiceLifecycle.Service] = [Loop("mirror") { await mirror.run() }]
        services += controllers
        services.append(Loop("machines") { try await registration.run() })
        services.append(server(onListening))
        return services
    }

    /// The controllers, not running yet.
    var controllers: ControllerSet {
        ControllerSet(
            mirror: mirror, registry: registry, settings: .init(seed: UInt64.random(in: .min ... .max)), time: time,
            logger: logger)
    }

    /// What brings the minions their work, not running yet.
    /// - Throws: `MasterStartError` when the file of the minions' token cannot be read.
    func pusher() throws(MasterStartError) -> Pusher {
        var token: String?
        if let file = config.minionTokenFile {
            do {
                token = try TokenFile.read(file)
            } catch {
                throw MasterStartError(code: .token, message: "\(error)")
            }
        }
        var settings = PushSettings(token: token)
        settings.minionPort = config.minionPort
        return Pusher(mirror: mirror, settings: settings, time: time, logger: logger)
    }

    private func server(_ onListening: @escaping @Sendable (Int) async -> Void) -> RESTServer {
        let responder = RESTResponder(
            registry: registry, mirror: mirror, operations: Operations(time: time), metrics: metrics,
            proxy: ReverseProxy(client: client, minionPort: config.minionPort), components: components,
            moreMetrics: [{ await storageMetrics() }], time: time)
        return RESTServer(
            responder: responder, address: config.address, port: config.port, logger: logger,
            prepare: prepare, onListening: onListening)
    }

    /// What must be true before a client is answered: the mirror has read the store, else pods would seem to wait that run;
    /// addresses and their owners agree, else one could be given twice.
    /// - Throws: `CancellationError`.
    private func prepare() async throws {
        let feed = await mirror.subscribe()
        while await !mirror.isSynced { if await feed.take() == nil { throw CancellationError() } }
        feed.close()
        while true {
            do throws(APIFailure) {
                for words in try await registry.repairAllocations() { logger.warning("\(words)") }
                return
            } catch {
                logger.warning("addresses cannot be checked: \(error); trying again in \(MachineRegistration.retry)")
            }
            try await time.sleep(MachineRegistration.retry)
        }
    }

    private var components: [(name: String, check: @Sendable () async -> String?)] {
        [
            (
                "store",
                {
                    do {
                        _ = try await store.revision()
                        return nil
                    } catch {
                        return "\(error)"
                    }
                }
            ),
            ("mirror", { await mirror.isSynced ? nil : "the store has not been read yet" }),
        ]
    }

    private func storageMetrics() async -> String {
        var text = MetricsText()
        text.begin("apiserver_storage_objects", .gauge, "Objects that are stored.")
        for resource in Resource.allCases {
            guard let kind = resource.kind else { continue }
            let count = await mirror.count(kind)
            text.add("apiserver_storage_objects", [("resource", resource.rawValue)], Double(count))
        }
        text.begin("minion_master_info", .gauge, "The version of this build.")
        text.add("minion_master_info", [("version", MasterVersion.text)], 1)
        return text.text
    }
}
