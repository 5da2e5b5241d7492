import ClusterModel
import Logging
import Machine
import Pods
import Proxy
import Services
import Wire

/// Everything the agent is made of, made in the order the laws ask for: the stored picture first, then what it needs.
struct NodeParts: Sendable {
    let context: LinkContext
    let proxy: ProxyServer
    let services: ServiceReconciler
    let pods: PodReconciler
    let routes: RouteReconciler
    let podRules: PodRulesReconciler
    let serviceLoop: ServiceLoop
    let podLoop: PodLoop
    let peerLoop: PeerLoop
    let manifests: ManifestLoop?
    let notifier: SystemdNotifier
    /// Kinds whose stored picture is complete.
    let complete: Set<ObjectKind>
    /// No container can carry the identity of this state folder yet.
    let isFirstRun: Bool
    let changes: AsyncStream<StatePatch>
    let observations: AsyncStream<PodReport>
    private let progress = Progress()

    /// How long services wait at start to learn which of the node's pods run. Listeners kept over a restart hold their
    /// clients meanwhile; an engine that does not answer must not keep services from their pushed endpoints for longer.
    static let adoptionPatience: Duration = .seconds(5)

    /// How long pods wait to learn which network they live in, for which `ip` is asked once. Beyond it, at start those that run
    /// are left where they are until it is known, and none is started; later they live where they lived before.
    static let networkPatience: Duration = .seconds(5)

    /// Gives the stored picture to the loops; containers and rules that are there already are adopted. The pods' network comes
    /// first: a pod that is looked at before would be rebuilt, and once more afterwards. Pods begin before services: a
    /// service that begins before its pods are seen would turn its clients away. But the services are known before, because a
    /// pod that has to be started gets their variables.
    func restore() async {
        let objects = await context.store.restoredObjects()
        await serviceLoop.learn(objects)
        await peerLoop.begin(objects, complete: isFirstRun || complete.contains(.minion))
        await awaitNetwork()
        await podLoop.begin(objects, complete: isFirstRun || complete.contains(.pod))
        _ = await answered(within: Self.adoptionPatience) { [pods] in await pods.settle() }
        await serviceLoop.begin(objects, complete: complete.contains(.service))
    }

    /// Hands accepted changes to the loops, in order.
    func followChanges() async {
        for await patch in changes {
            await progress.step {
                await serviceLoop.apply(patch)
                await peerLoop.apply(patch)
                // A pod that comes with the node's own entry, as in a first set, would be started in a network it must leave.
                if patch.put.contains(where: { $0.object.key.kind == .pod }) { await awaitNetwork() }
                await podLoop.apply(patch)
            }
        }
    }

    /// Waits, with a bound, until the peers that are known are also the pods' network. At once where nothing has changed.
    private func awaitNetwork() async {
        _ = await answered(within: Self.networkPatience) { [routes] in await routes.settle() }
    }

    /// Tells the services what became of the pods.
    func followObservations() async {
        for await report in observations {
            await serviceLoop.observe(pod: report.key)
        }
    }

    /// Opens the local socket and, where there is a certificate or a token, the TCP port.
    func listen(_ config: AgentConfig) async throws(StartError) -> (server: LineServer, port: MasterPort) {
        var limits = LineLimits()
        limits.maxLineBytes = config.maxLineBytes
        let server = LineServer(limits: limits)
        do {
            let local = try await server.bind(unixPath: config.socket)
            context.logger.info("serving on \(local)")
        } catch {
            throw StartError(code: .listen, message: "\(error)")
        }
        let port = MasterPort(
            config, nodeName: context.nodeName, hasToken: context.gate != nil, server: server, board: context.board,
            logger: context.logger)
        try await port.open()
        return (server, port)
    }

    /// What watches over the agent, where systemd wants a sign of life; `nil` elsewhere.
    func watchdog(_ server: LineServer) -> Watchdog? {
        guard let interval = SystemdNotifier.watchdogInterval else { return nil }
        return Watchdog(
            interval: interval,
            parts: [
                .init(name: "proxy") { [proxy] in await proxy.heartbeat(within: interval) },
                .init(name: "wire") { await server.heartbeat() },
                .init(name: "services") { [services, serviceLoop] in
                    let age = await services.health.sinceLastPass
                    await serviceLoop.answer()
                    return Watchdog.isRecent(age)
                },
                .init(name: "pods") { [pods, podLoop] in
                    let age = await pods.health.sinceLastComparison
                    await podLoop.answer()
                    return Watchdog.isRecent(age)
                },
                .init(name: "changes") { [progress] in progress.isWithin(interval) },
            ],
            feed: { [notifier] in notifier.watchdog() }, logger: context.logger)
    }

    /// What looks after the host.
    func hostWatch(_ config: AgentConfig) -> HostWatch {
        HostWatch(board: context.board, store: context.store, stateFolder: config.stateDir)
    }

    /// Says READY=1 once the stored picture is applied, then keeps STATUS= true.
    func reportStatus(_ config: AgentConfig) async throws {
        let isSettled = await answered(within: NodeAgent.startPatience) { [services, routes, podRules, pods] in
            await services.settle()
            await routes.settle()
            await podRules.settle()
            await pods.settle()
        }
        if !isSettled { context.logger.warning("the stored state is not applied after \(NodeAgent.startPatience)") }
        context.logger.notice(
            "\(AgentVersion.program) ready as \(context.nodeName): \(context.node.statusLine)",
            metadata: ["event": "\(JournalEvent.agentStarted)"])
        notifier.ready(status: context.node.statusLine)
        let reporter = StatusReporter(
            notifier: notifier, context: context, services: services, pods: pods, routes: routes,
            podRules: podRules, proxy: proxy)
        try await reporter.run()
    }
}
