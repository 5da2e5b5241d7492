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
    let writer: ControllerWriter
    let settings: Settings
    let time: MonotonicTime

    /// Controllers that read `mirror` and write through `registry`. `time` is the clock whose readings minions' conditions
    /// carry.
    public init(
        mirror: ClusterMirror, registry: Registry, settings: Settings, time: MonotonicTime, logger: Logger
    ) {
        self.mirror = mirror
        self.settings = settings
        self.time = time
        writer = ControllerWriter(registry: registry, mirror: mirror, logger: logger)
    }

    /// Works while this master leads, until the task is cancelled or `standings` ends. Each time it begins to lead the
    /// controllers begin anew, from everything there is. They have stopped before the next standing is looked at.
    public func run(_ standings: AsyncStream<LeaderStanding>) async {
        await whileLeading(standings) { _ in await lead() }
    }

    /// Works until the task is cancelled.
    func lead() async {
        let feeds = (await mirror.subscribe(), await mirror.subscribe(), await mirror.subscribe())
        let (writer, graces) = (writer, settings.graces)
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
