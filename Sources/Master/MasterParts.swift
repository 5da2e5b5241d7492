import AsyncHTTPClient
import ClusterModel
import Daemon
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
    /// Where what only a leader can answer is answered now.
    let leader: @Sendable () -> LeaderPlace
    /// What requests may cost.
    var bounds = RESTBounds()
    /// `nil` where no authority was made: then nothing is spoken over TLS.
    let identity: MasterIdentity?
    let time: MonotonicTime
    let logger: Logger

    /// The parts over `store`, not running yet.
    /// - Parameter leader: where what only a leader can answer is answered; by default here, as by the one master of a store.
    init(
        config: MasterConfig, store: any ClusterStore, client: HTTPClient, identity: MasterIdentity? = nil,
        time: MonotonicTime, logger: Logger, leader: @escaping @Sendable () -> LeaderPlace = { .here }
    ) {
        self.leader = leader
        self.config = config
        self.identity = identity
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
    ///   - minions: what the API asks minions through.
    ///   - onListening: called with the API's port once it serves.
    func services(
        controllers: [any ServiceLifecycle.Service], minions: any MinionAccess,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> [any ServiceLifecycle.Service] {
        let registration = MachineRegistration(
            machines: config.machines, registry: registry, commands: CommandRunner(), time: time, logger: logger)
        var services: [any ServiceLifecycle.Service] = [Loop("mirror") { await mirror.run() }]
        services += controllers
        services.append(Loop("machines", mayEnd: true) { try await registration.run() })
        let responder = responder(minions)
        services.append(server(responder, onListening))
        if let identity { services += secureServices(identity, responder) }
        return services
    }

    /// The controllers, not running yet.
    var controllers: ControllerSet {
        ControllerSet(
            mirror: mirror, registry: registry,
            settings: .init(lossGrace: config.podEvictionTimeout, seed: UInt64.random(in: .min ... .max)), time: time,
            logger: logger)
    }

    /// What removes old events, not running yet.
    var eventSweeper: EventSweeper {
        EventSweeper(mirror: mirror, registry: registry, life: config.eventLife, time: time, logger: logger)
    }

    /// What brings the minions their work, not running yet.
    /// - Parameter outrank: told of a term above ours that a minion has seen.
    /// - Throws: `MasterStartError` when the file of the minions' token cannot be read.
    func pusher(
        outrank: @escaping @Sendable (UInt64) async -> Void = { _ in }
    ) throws(MasterStartError) -> Pusher {
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
        guard let identity, config.minionTLS else {
            return Pusher(mirror: mirror, settings: settings, time: time, logger: logger, outrank: outrank)
        }
        return Pusher(
            mirror: mirror, settings: settings, time: time, logger: logger, outrank: outrank, dial: identity.dial)
    }

    func responder(_ minions: any MinionAccess) -> RESTResponder {
        RESTResponder(
            registry: registry, mirror: mirror, operations: Operations(time: time), metrics: metrics,
            proxy: ReverseProxy(client: client, minionPort: config.minionPort), minions: minions,
            components: components, moreMetrics: [{ await storageMetrics() }], leader: leader, identity: identity,
            bounds: bounds, time: time)
    }

    private func server(
        _ responder: RESTResponder, _ onListening: @escaping @Sendable (Int) async -> Void
    ) -> RESTServer<RESTResponder> {
        RESTServer(
            responder: responder, address: config.address, port: config.port, bounds: bounds, logger: logger,
            prepare: prepare, onListening: onListening)
    }

    /// What must be true before a client is answered: the mirror has read the store, else pods would seem to wait that run;
    /// addresses and their owners agree, else one could be given twice. Of several masters only the leader gives addresses
    /// away, and sees to that when it begins.
    /// - Throws: `CancellationError`.
    func prepare() async throws {
        guard await mirror.catchUp() else { throw CancellationError() }
        guard config.etcdServers.isEmpty else { return }
        guard await settleAllocations(under: nil) else { throw CancellationError() }
    }

    /// Makes records of addresses and their owners agree, however long that takes.
    /// - Returns: `false` when the task is cancelled.
    func settleAllocations(under fence: LeadFence?) async -> Bool {
        let fenced = registry.fenced(by: fence) {}
        while !Task.isCancelled {
            do throws(APIFailure) {
                for words in try await fenced.repairAllocations() { logger.warning("\(words)") }
                return true
            } catch {
                logger.warning("addresses cannot be checked: \(error); trying again in \(MachineRegistration.retry)")
            }
            do { try await time.sleep(MachineRegistration.retry) } catch { break }
        }
        return false
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
            (
                "documents",
                {
                    let damaged = await mirror.damagedDocuments.values.map(\.message).sorted()
                    return damaged.isEmpty ? nil : damaged.joined(separator: "; ")
                }
            ),
            (
                "leader",
                {
                    if case .nowhere(let why) = leader() { why } else { nil }
                }
            ),
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
        text.begin("minion_master_damaged_documents", .gauge, "Documents that cannot be read.")
        text.add("minion_master_damaged_documents", [], Double(await mirror.damagedDocuments.count))
        text.begin("minion_master_leads", .gauge, "Whether this master leads.")
        text.add("minion_master_leads", [], leader() == .here ? 1 : 0)
        text.begin("minion_master_info", .gauge, "The version of this build.")
        text.add("minion_master_info", [("version", MasterVersion.text)], 1)
        return text.text
    }
}
