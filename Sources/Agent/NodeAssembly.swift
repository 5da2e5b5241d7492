import ClusterModel
import FoundationEssentials
import Logging
import Machine
import Pods
import Proxy
import Services
import Wire

extension RoutePlan {
    /// Where pods are to live; `nil` until it is decided: then they stay where they are, or wait.
    var podNetwork: PodNetwork? {
        isDecided ? ownNetwork.map(PodNetwork.subnet) ?? .engineDefault : nil
    }
}

/// Makes the parts of the agent and joins them: the only place that knows which real thing stands behind each protocol.
struct NodeAssembly {
    /// Two for each connection of the proxy and one for each service, as many as a busy node has; the hard limit may be less.
    static let descriptors = 262_144
    /// journald's native socket (systemd-journald.service(8)): where it is, containers log to the journal too.
    static let journalSocket = "/run/systemd/journal/socket"

    let config: AgentConfig
    let folder: StateFolder
    let notifier: SystemdNotifier
    let logger: Logger
    private let board = StatusBoard()
    private let runner = CommandRunner()

    init(config: AgentConfig, folder: StateFolder, notifier: SystemdNotifier, logger: Logger) {
        self.config = config
        self.folder = folder
        self.notifier = notifier
        self.logger = logger
    }

    /// The parts, not running yet.
    func parts() async throws -> NodeParts {
        let descriptors = HostProbe.raiseDescriptorLimit(wanted: Self.descriptors, unit: "miniond")
        if let advice = descriptors.advice { logger.warning("\(advice)") }
        let (changes, changed) = AsyncStream<StatePatch>.makeStream()
        let (observations, observed) = AsyncStream<PodReport>.makeStream()
        let (store, complete) = try openStore(changed)
        if config.manifests == nil { await ManifestLoop.turnOff(store: store, board: board) }
        // A service must bring its portal IP: giving those out is a master's job.
        let decoder = ObjectDecoder(allowPrivileged: config.allowPrivileged, requirePortalIP: true)
        let proxy = try dataPlane()
        let services = serviceReconciler(proxy)
        let serviceLoop = ServiceLoop(reconciler: services, board: board)
        let identity = try folder.identity()
        let runtime = dockerRuntime(owner: identity.id)
        let pods = podReconciler(runtime, serviceLoop, observed)
        let hostname = await HostProbe.hostname(runner)
        let nodeName = config.hostnameOverride ?? hostname
        let podRules = PodRulesReconciler(tables: IptablesFilter(flavour, commands: runner), logger: logger)
        let routes = routeReconciler(nodeName, podRules, pods)
        let context = LinkContext(
            nodeName: nodeName, store: store, board: board,
            gate: try TokenGate(file: config.tokenFile), decoder: decoder,
            maxTransactionBytes: config.maxTransactionBytes, logs: PodLogs(runtime: runtime), started: .now,
            logger: logger)
        let manifests = config.manifests.map { folder in
            ManifestLoop(folder: folder, store: store, board: board, decoder: decoder, logger: logger)
        }
        return NodeParts(
            context: context, proxy: proxy, services: services, pods: pods, routes: routes, podRules: podRules,
            serviceLoop: serviceLoop, podLoop: PodLoop(reconciler: pods), peerLoop: PeerLoop(reconciler: routes),
            manifests: manifests,
            notifier: notifier, complete: complete, isFirstRun: identity.isNew, changes: changes,
            observations: observations)
    }

    private func openStore(
        _ changed: AsyncStream<StatePatch>.Continuation
    ) throws(StartError) -> (DesiredStore, complete: Set<ObjectKind>) {
        let hasRunBefore = try folder.hasIdentity()
        do {
            let opened = try DesiredStore.open(
                path: folder.desiredLog, hasRunBefore: hasRunBefore, board: board, changes: changed,
                makeUID: { UUID().uuidString.lowercased() })
            for words in opened.losses {
                logger.critical(
                    "stored state is damaged: \(words)", metadata: ["event": "\(JournalEvent.stateDamaged)"])
            }
            return (opened.store, opened.complete)
        } catch {
            throw StartError(code: .stateFolder, message: "\(folder.desiredLog): \(error)")
        }
    }

    private func dataPlane() throws(StartError) -> ProxyServer {
        do {
            return try ProxyServer(settings: ProxySettings())
        } catch {
            throw StartError(code: .dataPlane, message: "\(error)")
        }
    }

    private var flavour: IptablesFlavour { IptablesFlavour(rawValue: config.packetFilter) ?? .alternative }

    private func serviceReconciler(_ proxy: ProxyServer) -> ServiceReconciler {
        let kept = Dictionary(InheritedDescriptors.take().map { ($0.name, $0.descriptor) }) { first, _ in first }
        return ServiceReconciler(
            proxy: proxy, filter: IptablesFilter(flavour, commands: runner), adopted: kept, store: notifier,
            settings: ServiceSettings(portalNet: config.portalNet),
            report: { [board] report in
                board.post(
                    report.key, generation: report.generation, convergence: report.convergence,
                    observed: .service(proxyPort: report.proxyPort, endpoints: report.backends))
            }, logger: logger)
    }

    private func routeReconciler(
        _ nodeName: String, _ podRules: PodRulesReconciler, _ pods: PodReconciler
    ) -> RouteReconciler {
        RouteReconciler(
            table: IPRouteTable(commands: runner), nodeName: nodeName, isEnabled: config.makesPodNetwork,
            report: { [board] report in
                board.post(report.key, generation: report.generation, convergence: report.convergence, observed: nil)
            },
            onNetwork: { plan in
                await podRules.follow(plan)
                if let network = plan.podNetwork { await pods.join(network) }
            }, logger: logger)
    }

    private func dockerRuntime(owner: String) -> DockerRuntime {
        DockerRuntime(
            runner: runner, command: config.dockerCommand, owner: owner,
            pauseImageFile: config.pauseImageFile)
    }

    private func podReconciler(
        _ runtime: DockerRuntime, _ serviceLoop: ServiceLoop, _ observed: AsyncStream<PodReport>.Continuation
    ) -> PodReconciler {
        let settings = PodSettings(
            allowPrivileged: config.allowPrivileged, podsFolder: folder.pods,
            logsToJournal: FileManager.default.fileExists(atPath: Self.journalSocket))
        return PodReconciler(
            runtime: runtime, settings: settings, environment: { await serviceLoop.environment(namespace: $0) },
            report: { [board] report in
                board.post(
                    report.key, generation: report.generation, convergence: report.convergence,
                    observed: .pod(report.state))
                observed.yield(report)
            }, network: .undecided, logger: logger)
    }
}
