import ClusterModel
import Daemon
import Logging
import Machine
import Pods
import Proxy
import ServiceLifecycle
import Services
import Wire

/// The agent put together: what is made once at start, and the loops that run until it stops.
public enum NodeAgent {
    /// How long READY=1 waits for the stored state to be applied. A pod whose image never comes must not keep systemd
    /// waiting until it kills the agent; it shows in STATUS= instead.
    static let startPatience: Duration = .seconds(60)

    /// Runs until SIGTERM or SIGINT. What runs on the node – containers, rules, listeners kept by systemd – stays.
    /// - Parameters:
    ///   - configurationFile: the file of `--config`, read again at SIGHUP.
    ///   - flags: the flags given, by the setting's key; they stay as strong at SIGHUP.
    /// - Throws: `StartError` when the agent cannot start, or the error of a loop that must not end.
    public static func run(_ config: AgentConfig, configurationFile: String?, flags: [String: String]) async throws {
        let logger = Logger(label: "miniond")
        let notifier = SystemdNotifier()
        let folder = StateFolder(path: config.stateDir)
        let lock = try folder.claim()
        // The lock lasts as long as this function: the kernel gives it up with the process, however that ends.
        defer { withExtendedLifetime(lock) {} }

        let assembly = NodeAssembly(config: config, folder: folder, notifier: notifier, logger: logger)
        let parts = try await assembly.parts()
        await parts.restore()
        let (server, port) = try await parts.listen(config)
        let reload = Reload(
            configurationFile: configurationFile, flags: flags, gate: parts.context.gate,
            running: config, context: parts.context, notifier: notifier, verify: { await parts.services.verify() },
            lookAtCertificate: { await port.look() }, logger: logger)

        // Shut down in reverse: first nobody is listened to, then nothing changes any more, last the data plane drains.
        var services: [any ServiceLifecycle.Service] = [
            DataPlane(proxy: parts.proxy, drain: config.drain, notifier: notifier, logger: logger),
            Loop("services") { await parts.services.run() },
            Loop("routes") { await parts.routes.run() },
            Loop("pod-rules") { await parts.podRules.run() },
            Loop("pods") { await parts.pods.run() },
            Loop("changes") { await parts.followChanges() },
            Loop("observations") { await parts.followObservations() },
            Loop("wire") { try await server.run { await MasterLink(connection: $0, context: parts.context).run() } },
            Loop("certificate") { try await port.run() },
            Loop("host") { try await parts.hostWatch(config).run() },
            Loop("status") { try await parts.reportStatus(config) },
            Loop("reload") { await reload.run() },
        ]
        if let manifests = parts.manifests { services.append(Loop("manifests") { try await manifests.run() }) }
        if let watchdog = parts.watchdog(server) { services.append(Loop("watchdog") { try await watchdog.run() }) }
        try await ServiceGroup.daemon(services).run()
        logger.notice(
            "stopped; containers go on, portal addresses answer again after the next start",
            metadata: ["event": "\(JournalEvent.agentStopping)"])
    }
}

/// Keeps the data plane until the very end of the agent, then lets connections in flight finish.
struct DataPlane: ServiceLifecycle.Service {
    let proxy: ProxyServer
    let drain: Duration
    let notifier: SystemdNotifier
    let logger: Logger

    /// What the process needs to end once its connections have: the workers' answers are waited for, seconds at most.
    static let exit: Duration = .seconds(10)

    func run() async throws {
        try await gracefulShutdown()
        notifier.stopping(within: drain + Self.exit)
        let cut = await proxy.shutdown(drain: drain)
        if cut > 0 { logger.warning("\(cut) connections were still open after \(drain) and were cut") }
    }
}
