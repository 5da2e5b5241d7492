import ClusterModel
import FoundationEssentials
import Logging
import Machine
import Pods
import Proxy
import Services
import Synchronization
import Wire

/// Everything the agent is made of, made in the order the laws ask for: the stored picture first, then what it needs.
struct NodeParts: Sendable {
    let context: LinkContext
    let policy: ObjectPolicy
    let proxy: ProxyServer
    let services: ServiceReconciler
    let pods: PodReconciler
    let serviceLoop: ServiceLoop
    let podLoop: PodLoop
    let manifests: ManifestLoop?
    let watchdog: Watchdog?
    let notifier: SystemdNotifier
    let inherited: Inheritance
    let isComplete: Bool
    let changes: AsyncStream<StatePatch>
    let observations: AsyncStream<PodReport>

    /// Two for each connection of the proxy and one for each service, as many as a busy node has; the hard limit may be less.
    private static let descriptors = 262_144
    /// journald's native socket (systemd-journald.service(8)): where it is, containers log to the journal too.
    private static let journalSocket = "/run/systemd/journal/socket"

    static func make(
        _ config: AgentConfig, folder: StateFolder, notifier: SystemdNotifier, logger: Logger
    ) async throws -> NodeParts {
        if let advice = HostProbe.raiseDescriptorLimit(wanted: descriptors).advice { logger.warning("\(advice)") }
        let board = StatusBoard()
        let (changes, changed) = AsyncStream<StatePatch>.makeStream()
        let (store, isComplete) = try openStore(folder, board: board, changed: changed, logger: logger)
        let policy = ObjectPolicy(allowPrivileged: config.allowPrivileged)
        let inherited = Inheritance(InheritedDescriptors.take())
        let proxy: ProxyServer
        do {
            proxy = try ProxyServer(settings: ProxySettings())
        } catch {
            throw StartError(code: .dataPlane, message: "\(error)")
        }
        let runner = CommandRunner()
        let services = ServiceReconciler(
            proxy: proxy,
            filter: IptablesFilter(IptablesFlavour(rawValue: config.packetFilter) ?? .alternative, commands: runner),
            adopted: inherited.services, store: notifier, settings: ServiceSettings(portalNet: config.portalNet),
            report: { report in
                board.post(
                    report.key, generation: report.generation, convergence: report.convergence,
                    observed: .service(proxyPort: report.proxyPort, endpoints: report.backends))
            }, logger: logger)
        let serviceLoop = ServiceLoop(reconciler: services, board: board)
        let (observations, observed) = AsyncStream<PodReport>.makeStream()
        let pods = PodReconciler(
            runtime: DockerRuntime(
                runner: runner, command: config.dockerCommand, owner: try folder.identity(),
                pauseImageFile: config.pauseImageFile),
            settings: PodSettings(
                allowPrivileged: config.allowPrivileged, podsFolder: folder.pods,
                logsToJournal: FileManager.default.fileExists(atPath: Self.journalSocket)),
            environment: { await serviceLoop.environment(namespace: $0) },
            report: { report in
                board.post(
                    report.key, generation: report.generation, convergence: report.convergence,
                    observed: .pod(report.state))
                observed.yield(report)
            }, logger: logger)
        let name = await HostProbe.hostname(runner)
        let context = LinkContext(
            nodeName: config.hostnameOverride ?? name, store: store, board: board,
            gate: try TokenGate(file: config.tokenFile), decoder: { policy.decoder(requirePortalIP: true) },
            maxTransactionBytes: config.maxTransactionBytes, started: .now, logger: logger)
        let manifests = config.manifests.map { folder in
            ManifestLoop(
                folder: folder, store: store, board: board, decoder: { policy.decoder(requirePortalIP: true) },
                logger: logger)
        }
        let watchdog = SystemdNotifier.watchdogInterval.map { interval in
            Watchdog(
                notifier: notifier, interval: interval, proxy: proxy, services: services, pods: pods, store: store,
                logger: logger)
        }
        return NodeParts(
            context: context, policy: policy, proxy: proxy, services: services, pods: pods, serviceLoop: serviceLoop,
            podLoop: PodLoop(reconciler: pods), manifests: manifests, watchdog: watchdog, notifier: notifier,
            inherited: inherited, isComplete: isComplete, changes: changes, observations: observations)
    }

    private static func openStore(
        _ folder: StateFolder, board: StatusBoard, changed: AsyncStream<StatePatch>.Continuation, logger: Logger
    ) throws(StartError) -> (DesiredStore, isComplete: Bool) {
        do {
            let opened = try DesiredStore.open(
                path: folder.desiredLog, board: board, changes: changed, makeUID: { UUID().uuidString.lowercased() })
            for words in opened.damage {
                logger.critical(
                    "stored state is damaged: \(words)", metadata: ["event": "\(JournalEvent.stateDamaged)"])
            }
            if !opened.damage.isEmpty {
                let words =
                    "stored state was damaged and set aside; nothing unknown is removed until a master sends a set"
                board.note(problem: "state", words)
            }
            return (opened.store, opened.isComplete)
        } catch {
            throw StartError(code: .stateFolder, message: "\(folder.desiredLog): \(error)")
        }
    }

    /// Gives the stored picture to the loops; containers and rules that are there already are adopted.
    func restore() async throws {
        let objects = await context.store.restoredObjects()
        await serviceLoop.begin(objects, complete: isComplete)
        await podLoop.begin(objects, complete: isComplete)
    }

    /// Hands accepted changes to both loops, in order.
    func followChanges() async {
        for await patch in changes {
            await serviceLoop.apply(patch)
            await podLoop.apply(patch)
        }
    }

    /// Tells the services what became of the pods.
    func followObservations() async {
        for await report in observations {
            await serviceLoop.observe(pod: report.key, state: report.convergence == .removed ? nil : report.state)
        }
    }

    /// Opens the local socket and, where there is a token, the TCP port.
    func listen(_ config: AgentConfig) async throws(StartError) -> LineServer {
        var limits = LineLimits()
        limits.maxLineBytes = config.maxLineBytes
        let server = LineServer(limits: limits)
        do {
            let local = try await server.bind(unixPath: config.socket)
            context.logger.info("serving on \(local)")
            guard context.gate != nil else {
                context.logger.notice("no token file: only the local socket is served (setting tokenFile)")
                return server
            }
            let port = try await server.bind(host: config.address, port: config.port)
            context.logger.info("serving on \(port)")
        } catch {
            throw StartError(code: .listen, message: "\(error)")
        }
        return server
    }

    /// Says READY=1 once the stored picture is applied, then keeps STATUS= true.
    func reportStatus(_ config: AgentConfig) async throws {
        let isSettled = await answered(within: NodeAgent.startPatience) { [services, pods] in
            await services.settle()
            await pods.settle()
        }
        if !isSettled { context.logger.warning("the stored state is not applied after \(NodeAgent.startPatience)") }
        context.logger.notice(
            "\(AgentVersion.program) ready as \(context.nodeName): \(context.node.statusLine)",
            metadata: ["event": "\(JournalEvent.agentStarted)"])
        notifier.ready(status: context.node.statusLine)
        try await StatusReporter(notifier: notifier, context: context, services: services, pods: pods).run()
    }
}

/// Descriptors systemd kept for us over a restart, by what they are for.
struct Inheritance: Sendable {
    /// Listening sockets by their name in the store.
    let services: [String: Int32]

    init(_ descriptors: [(name: String, descriptor: Int32)]) {
        services = Dictionary(descriptors.map { ($0.name, $0.descriptor) }) { first, _ in first }
    }
}

/// What of the configuration decides over pushed objects; a reload replaces it.
final class ObjectPolicy: Sendable {
    private let allowPrivileged: Mutex<Bool>

    init(allowPrivileged: Bool) {
        self.allowPrivileged = Mutex(allowPrivileged)
    }

    func replace(allowPrivileged value: Bool) {
        allowPrivileged.withLock { $0 = value }
    }

    func decoder(requirePortalIP: Bool) -> ObjectDecoder {
        ObjectDecoder(allowPrivileged: allowPrivileged.withLock { $0 }, requirePortalIP: requirePortalIP)
    }
}
