public import ClusterModel
public import Logging
import Machine

/// A Minion entry that is wanted, and the change that made it so.
public struct DesiredMinion: Sendable, Equatable {
    /// The entry.
    public var minion: Minion
    /// Rises with every change; what is reported carries it.
    public var generation: UInt64

    /// An entry.
    public init(minion: Minion, generation: UInt64) {
        self.minion = minion
        self.generation = generation
    }
}

/// How far one entry has got.
public struct MinionReport: Sendable, Equatable {
    /// The entry.
    public var key: ObjectKey
    /// The generation it speaks of.
    public var generation: UInt64
    /// How far it is.
    public var convergence: Convergence
}

/// Makes the kernel's routes lead to the pods of every peer, and says which subnet this node's own pods live in.
///
/// Routes are state of the host like rules: they are compared every `interval`, put right, and left in place when the agent
/// ends. A node without entries runs no command.
public actor RouteReconciler {
    /// Between comparisons: the kernel drops routes with the interface they lead through, and says so to nobody.
    public static let interval: Duration = .seconds(10)
    /// How long it may stay undecided which entry is this node's own, as while DHCP is late at boot or a damaged store
    /// waits for a master. Then it has none: a node that is in no entry starts its pods all the same.
    public static let patience: Duration = .seconds(60)
    /// Peers named in the complaint about those without a route; the rest is counted.
    private static let namedPeers = 3

    private let table: any RouteTable
    private let nodeName: String
    private let isEnabled: Bool
    private let report: @Sendable (MinionReport) -> Void
    private let onNetwork: @Sendable (RoutePlan) async -> Void
    private let time: MonotonicTime
    private let logger: Logger

    private var minions: [ObjectKey: DesiredMinion] = [:]
    private var isComplete = false
    private var passes = PassCycle()
    /// The last comparison found nothing wanted and nothing of ours.
    private var isIdle = false
    private var plan: RoutePlan?
    /// Outlives the entry, so that its removal is told from an address that is away.
    private var own: Minion?
    private var undecidedSince: Duration?
    private var failures: [ObjectKey: RoutePlan.Refusal] = [:]
    private var trouble: RouteError?

    /// A reconciler that has not begun.
    /// - Parameters:
    ///   - isEnabled: `false` leaves the pod network to the operator: no entry means anything, and no route is ours.
    ///   - report: called on every step of an entry, in order per entry; must not block.
    ///   - onNetwork: called with the plan whenever its networks changed or it is decided, before the routes are made.
    ///     Not called as long as an entry may be this node's own and the kernel does not say which addresses this
    ///     machine has.
    ///   - clock: monotonic.
    public init(
        table: any RouteTable, nodeName: String, isEnabled: Bool, clock: some Clock<Duration> = ContinuousClock(),
        report: @Sendable @escaping (MinionReport) -> Void, onNetwork: @Sendable @escaping (RoutePlan) async -> Void,
        logger: Logger
    ) {
        self.table = table
        self.nodeName = nodeName
        self.isEnabled = isEnabled
        self.report = report
        self.onNetwork = onNetwork
        self.logger = logger
        time = MonotonicTime(clock)
    }

    /// Takes the stored picture, once, before anything else. Returns at once; `settle` waits until it is applied.
    /// - Parameter complete: whether these are all peers; if not, no route is removed that no entry explains.
    public func begin(minions: [DesiredMinion], complete: Bool) {
        isComplete = complete
        update(changed: minions, removed: [], generation: 0)
    }

    /// Takes changes. Removing what is not there is reported as removed.
    /// - Parameter generation: of the removals.
    public func update(changed: [DesiredMinion], removed: [ObjectKey], generation: UInt64) {
        for desired in changed { minions[desired.minion.key] = desired }
        for key in removed {
            minions[key] = nil
            failures[key] = nil
            report(MinionReport(key: key, generation: generation, convergence: .removed))
        }
        kick()
    }

    /// From here on every peer has been named.
    public func becomeComplete() {
        guard !isComplete else { return }
        isComplete = true
        kick()
    }

    /// Compares every `interval` until it is cancelled.
    public func run() async {
        while !Task.isCancelled {
            do {
                try await time.sleep(Self.interval)
            } catch {
                return
            }
            if !isIdle { kick() }
        }
    }

    /// Returns when nothing is left to do at once.
    public func settle() async {
        await withCheckedContinuation { passes.wait($0) }
    }

    /// What an administrator should know; empty when all is well.
    public var degraded: [String] {
        if let trouble { return ["routes to peers cannot be made: \(trouble.message)"] }
        if failures.isEmpty { return [] }
        let named = failures.sorted { $0.key < $1.key }.prefix(Self.namedPeers).map {
            "\($0.key.name): \($0.value.message)"
        }
        return ["\(failures.count) peers have no route, \(named.joined(separator: "; "))"]
    }

    private func kick() {
        isIdle = false
        guard passes.ask() else { return }
        Task {
            while passes.next() { await pass() }
        }
    }

    /// One comparison with the kernel, and one change if anything differs. What changes meanwhile waits for the next.
    private func pass() async {
        let wanted = isEnabled ? minions : [:]
        let wasComplete = isComplete || !isEnabled
        do throws(RouteError) {
            let paths = try await table.paths(to: Set(wanted.values.compactMap(\.minion.address)).sorted())
            let plan = await follow(plan(wanted, paths, isComplete: wasComplete))
            let kernel = try await table.routes()
            let difference = RouteDifference(kernel: kernel, wanted: plan.routes.values, isComplete: wasComplete)
            let refused =
                difference.isEmpty
                ? [:]
                : try await table.change(
                    removing: difference.removed, adding: difference.added)
            if trouble != nil { logger.notice("routes to peers can be made again") }
            trouble = nil
            isIdle = minions.isEmpty && plan.isDecided && difference.isEmpty && !passes.isDue
            log(difference, refused)
            conclude(plan, refused)
        } catch {
            await meet(error, wanted, isComplete: wasComplete)
        }
    }

    private func plan(
        _ minions: [ObjectKey: DesiredMinion], _ paths: [IPv4Address: NetworkPath], isComplete: Bool
    ) -> RoutePlan {
        RoutePlan(
            minions.values.map(\.minion), nodeName: nodeName, paths: paths, formerOwn: own, isComplete: isComplete)
    }

    /// Hands the networks on where they changed, and ends a doubt that has lasted long enough.
    private func follow(_ plan: RoutePlan) async -> RoutePlan {
        var plan = plan
        own = plan.own ?? own
        if plan.isDecided {
            undecidedSince = nil
        } else {
            let since = undecidedSince ?? time.now()
            undecidedSince = since
            plan.isDecided = time.now() - since >= Self.patience
            if plan.isDecided, self.plan?.isDecided != true {
                logger.warning("no Minion entry is this node's: its pods live in the engine's default network")
            }
        }
        let isNews =
            self.plan?.ownNetwork != plan.ownNetwork || self.plan?.podNetworks != plan.podNetworks
            || self.plan?.isDecided != plan.isDecided
        self.plan = plan
        if isNews { await onNetwork(plan) }
        return plan
    }

    private func conclude(_ plan: RoutePlan, _ refused: [PeerRoute: String]) {
        failures = plan.refusals.filter { minions[$0.key] != nil }
        for (key, route) in plan.routes where minions[key] != nil {
            guard let words = refused[route] else { continue }
            failures[key] = RoutePlan.Refusal("RouteRefused", "route \(route) could not be added: \(words)")
        }
        for (key, desired) in minions {
            let convergence = failures[key].map { failure in
                Convergence.failed(reason: failure.reason, message: failure.message, retryIn: Self.interval)
            }
            report(MinionReport(key: key, generation: desired.generation, convergence: convergence ?? .applied))
        }
    }

    /// The table cannot be read or changed: every entry that was meant waits. Without entries nobody misses it.
    private func meet(_ error: RouteError, _ wanted: [ObjectKey: DesiredMinion], isComplete: Bool) async {
        if wanted.isEmpty {
            conclude(RoutePlan([], nodeName: nodeName, paths: [:]), [:])
            return
        }
        if trouble?.code != error.code { logger.error("routes to peers cannot be made: \(error.message)") }
        trouble = error
        // What the entries themselves say needs no kernel: that one has this node's name, or that none has a subnet.
        let said = plan(wanted, [:], isComplete: isComplete)
        if plan == nil, said.isDecided { _ = await follow(said) }
        for (key, desired) in wanted where minions[key] != nil {
            let convergence = Convergence.failed(
                reason: error.code.rawValue, message: error.message, retryIn: Self.interval)
            report(MinionReport(key: key, generation: desired.generation, convergence: convergence))
        }
    }

    private func log(_ difference: RouteDifference, _ refused: [PeerRoute: String]) {
        for route in difference.removed { logger.info("route \(route) is removed") }
        for route in difference.added where refused[route] == nil { logger.info("route \(route) is added") }
    }
}
