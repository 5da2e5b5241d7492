import ClusterModel
public import Logging
import Machine

/// Makes this node serve its services: a listener of the proxy and a rule of the packet filter for each.
///
/// A rule never leads to a closed port: a listener is open, and kept by systemd, before its rule is made, and is closed only
/// after its rule is gone. All work on listeners and the kernel is done by one loop, one batch after the other; what changes
/// while a batch is under way waits for the next. A batch of changes costs one `iptables-restore` of those changes alone; a
/// change of nothing but backends costs none.
///
/// Give it the picture with `begin`, keep `run` going, tell it every change. Nothing is programmed before `begin`.
public actor ServiceReconciler {
    /// What is known of one service.
    struct Entry {
        /// `nil` while it is being taken down.
        var desired: DesiredService?
        /// The generation of the newest change, its removal included.
        var generation: UInt64 = 0
        /// The port of its listener, if one is open.
        var proxyPort: UInt16?
        var failure: Failure?
    }

    /// Why a service is not served.
    struct Failure: Equatable {
        var reason: String
        var message: String
        /// How many times in a row.
        var count = 1
        /// When it is tried again; `nil` when only a change can help.
        var due: Duration?
    }

    /// Why the kernel cannot be reached.
    struct FilterTrouble {
        var error: FilterError
        var count: Int
        var due: Duration
    }

    let proxy: any ListenerHost
    let filter: any PacketFilter
    let store: any ListenerStore
    let report: @Sendable (ServiceReport) -> Void
    let settings: ServiceSettings
    let time: MonotonicTime
    let logger: Logger

    var entries: [ObjectKey: Entry] = [:]
    var planner: ServicePlanner
    /// Services whose listener or rule may not be as wanted; the next batch takes them all.
    var dirty: Set<ObjectKey> = []
    /// Services of the round under way, and the generation it is about.
    var inFlight: [ObjectKey: UInt64] = [:]
    /// Services with a `Failure`.
    var failing: Set<ObjectKey> = []
    /// Those of them that are tried again by themselves, and when.
    var retries: [ObjectKey: Duration] = [:]
    /// Removals that wait until the picture is complete: services of `entries`, or names among `strangers`.
    var deferred: Set<ObjectKey> = []
    /// Sockets that were handed to us for services nobody has named yet. They are not served: who connects waits in the
    /// backlog until the service is named or the picture is complete.
    var strangers: [String: Int32]
    /// Names of listeners that systemd keeps.
    var kept: Set<String>
    /// Where the kernel's rules lead, as long as services may come that had a port before; empty once the picture is complete.
    var formerPorts: [Portal: UInt16] = [:]

    /// The rules the kernel should hold: of every service whose listener is open and whose rule is not refused.
    var wanted = Ruleset()
    /// The rules we believe it holds.
    var installed = Ruleset()
    var hasBegun = false
    /// Whether every service of the node has been named.
    var isComplete = false
    /// Whether what belongs to no service has been removed since the picture became complete.
    var isSwept = false
    /// Whether the last comparison left our own rules in the chain and nothing else, and no socket without a service.
    var isChainKnown = false
    var trouble: FilterTrouble?
    var warnings: [String] = []
    /// Why the last new listener is not kept over a restart.
    var storeTrouble: String?
    var passRequested = false
    /// When the kernel is compared next.
    var verifyDue: Duration?
    /// When the last comparison ended.
    var lastPass: Duration?
    var lastGoodPass: Duration?

    private var work = WorkCycle()

    /// A reconciler that has not begun.
    /// - Parameters:
    ///   - adopted: listening sockets of an earlier process by the name they were kept under. Those of services are owned
    ///     from here, others are left alone.
    ///   - report: called on every step of a service, in order per service; must not block.
    ///   - clock: monotonic.
    public init(
        proxy: any ListenerHost, filter: any PacketFilter, adopted: [String: Int32], store: any ListenerStore,
        settings: ServiceSettings = ServiceSettings(), clock: some Clock<Duration> = ContinuousClock(),
        report: @Sendable @escaping (ServiceReport) -> Void, logger: Logger
    ) {
        self.proxy = proxy
        self.filter = filter
        self.store = store
        self.settings = settings
        self.report = report
        self.logger = logger
        strangers = adopted.filter { $0.key.hasPrefix(ListenerName.prefix) }
        kept = Set(strangers.keys)
        planner = ServicePlanner(portalNet: settings.portalNet)
        time = MonotonicTime(clock)
    }

    /// Whether the loop has something to do now. While the kernel cannot be reached changes wait for the next try.
    var hasWork: Bool { passRequested || (!dirty.isEmpty && trouble == nil) }

    /// Starts the loop if it is not under way and there is work.
    func kick() {
        guard hasBegun, hasWork, work.begin() else { return }
        Task {
            while hasWork {
                // As long as the chain may hold rules we do not know of, each change looks at the kernel first.
                if passRequested || !isChainKnown { await pass() } else { await batch() }
            }
            work.end()
        }
    }

    /// Returns when nothing is left to do at once: every service was reported applied, removed or failed. A failed one that
    /// waits for its next try is not waited for, nor is a filter that cannot be reached.
    public func settle() async {
        await withCheckedContinuation { work.wait($0) }
    }
}
