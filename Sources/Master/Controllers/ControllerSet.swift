public import Logging
public import Machine

/// The scheduler, the endpoints controller and the replication controllers of one master. They work while it leads and know
/// nothing of each other: what one writes the others learn from the mirror.
public struct ControllerSet: Sendable {
    /// What the controllers are told at start.
    public struct Settings: Sendable {
        /// How long a minion may be silent before its pods leave their services.
        public var silenceGrace: Duration
        /// How long a minion may be silent before its pods are made elsewhere; longer than `silenceGrace`.
        public var lossGrace: Duration
        /// Decides between minions that are equally good for a pod.
        public var seed: UInt64

        /// Settings; the graces have their defaults.
        public init(silenceGrace: Duration = .seconds(10), lossGrace: Duration = .seconds(60), seed: UInt64) {
            self.silenceGrace = silenceGrace
            self.lossGrace = lossGrace
            self.seed = seed
        }

        var graces: MinionRoster.Graces { MinionRoster.Graces(silence: silenceGrace, loss: lossGrace) }
    }

    let mirror: ClusterMirror
    let registry: Registry
    let settings: Settings
    let time: MonotonicTime
    let logger: Logger

    /// Controllers that read `mirror` and write through `registry`. `time` is the clock whose readings minions' conditions
    /// carry.
    public init(
        mirror: ClusterMirror, registry: Registry, settings: Settings, time: MonotonicTime, logger: Logger
    ) {
        self.mirror = mirror
        self.settings = settings
        self.time = time
        self.registry = registry
        self.logger = logger
    }

    /// Works while this master leads, until the task is cancelled or `standings` ends. Each time it begins to lead the
    /// controllers begin anew, from everything there is. They have stopped before the next standing is looked at.
    public func run(_ standings: AsyncStream<LeaderStanding>) async {
        await whileLeading(standings) { _ = await lead($0) }
    }

    /// Why controllers have stopped.
    enum End: Sendable {
        /// A write was refused, because the lead is over.
        case deposed
        /// The task was cancelled, or the mirror has begun anew.
        case began
    }

    /// Works until the task is cancelled, the mirror begins anew, or a write shows that `lead` is over.
    func lead(_ lead: Lead) async -> End {
        let (ends, end) = AsyncStream.makeStream(of: End.self, bufferingPolicy: .bufferingOldest(1))
        let fenced = registry.fenced(by: lead.fence) { end.yield(.deposed) }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await work(ControllerWriter(registry: fenced, mirror: mirror, logger: logger))
                end.yield(.began)
            }
            let reason = await ends.first { _ in true } ?? .began
            if reason == .deposed { logger.warning("another master leads: the controllers stop") }
            group.cancelAll()
            return reason
        }
    }

    private func work(_ writer: ControllerWriter) async {
        let feeds = (await mirror.subscribe(), await mirror.subscribe(), await mirror.subscribe())
        let graces = settings.graces
        await withTaskGroup(of: Void.self) { group in
            let scheduler = ControllerLoop(
                planner: SchedulerPlanner(seed: settings.seed, graces: graces), time: time,
                carryOut: { await writer.carryOut($0) })
            let endpoints = ControllerLoop(
                planner: EndpointsPlanner(graces: graces), time: time, carryOut: { await writer.carryOut($0) })
            let replication = ControllerLoop(
                planner: ReplicationPlanner(graces: graces, newName: { writer.registry.uuids.next() }), time: time,
                carryOut: { await writer.carryOut($0) })
            group.addTask { await scheduler.run(feeds.0) }
            group.addTask { await endpoints.run(feeds.1) }
            group.addTask { await replication.run(feeds.2) }
        }
    }
}
