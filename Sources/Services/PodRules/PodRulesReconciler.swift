public import Logging
import Machine

/// The kernel's packet filter by table, as far as the pod network needs it. `IptablesFilter` is the real one.
public protocol FilterTables: Sendable {
    /// The table as `iptables-save` prints it. O(rules in it).
    func saved(table: String) async throws(FilterError) -> [UInt8]

    /// Gives `iptables-restore --noflush` this input, of one table: it takes effect as a whole, or not at all after an error
    /// other than `timedOut`.
    func restore(_ input: [UInt8]) async throws(FilterError)
}

/// Keeps the chains of the pod network as its networks ask for, beside everybody else's rules.
///
/// They are compared every `interval`, put right, and left in place when the agent ends, as pods run on. A node that has no
/// subnet of its own looks once and then runs no command.
public actor PodRulesReconciler {
    /// Between comparisons. What others take away stops pods' connections to the outside: soon enough to be a hiccup.
    public static let interval: Duration = .seconds(10)

    /// What is wanted of our chains.
    private enum Wanted: Equatable {
        /// Not known yet: they stay as they are.
        case unknown
        /// There are to be none.
        case none
        case rules(PodRules)
    }

    private let tables: any FilterTables
    private let time: MonotonicTime
    private let logger: Logger
    private var wanted = Wanted.unknown
    private var passes = PassCycle()
    /// The last comparison left nothing of ours, and nothing is wanted.
    private var isIdle = true
    /// Whether what is there is what the last comparison left there: a difference then is somebody else's doing.
    private var isSettledRules = false
    private var trouble: FilterError?

    /// A reconciler that touches nothing before `follow`.
    /// - Parameter clock: monotonic.
    public init(tables: any FilterTables, clock: some Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.tables = tables
        self.logger = logger
        time = MonotonicTime(clock)
    }

    /// Takes the networks as they are now. Returns at once; `settle` waits until they are applied.
    public func follow(_ plan: RoutePlan) {
        let wanted: Wanted =
            if let own = plan.ownNetwork {
                .rules(PodRules(own: own, podNetworks: plan.podNetworks))
            } else if plan.isDecided {
                .none
            } else {
                // An entry may still say that this node has one (law 3).
                self.wanted
            }
        guard wanted != self.wanted else { return }
        self.wanted = wanted
        isSettledRules = false
        kick()
    }

    /// Compares every `interval` until it is cancelled.
    public func run() async {
        while !Task.isCancelled {
            do { try await time.sleep(Self.interval) } catch { return }
            if !isIdle { kick() }
        }
    }

    /// Returns when nothing is left to do at once.
    public func settle() async {
        await withCheckedContinuation { passes.wait($0) }
    }

    /// What an administrator should know; empty when all is well. Without a subnet nobody misses the rules.
    public var degraded: [String] {
        guard let trouble, case .rules = wanted else { return [] }
        return ["rules of the pod network cannot be made: \(trouble.message)"]
    }

    private func kick() {
        isIdle = false
        guard passes.ask() else { return }
        Task {
            while passes.next() { await pass() }
        }
    }

    /// One comparison, and one change for each table that differs.
    private func pass() async {
        let target = wanted
        guard target != .unknown else { return }
        let rules: PodRules? = if case .rules(let rules) = target { rules } else { nil }
        do throws(FilterError) {
            for chain in PodChain.allCases {
                let state = try PodRulesText.state(of: chain, in: try await tables.saved(table: chain.table))
                let lines = PodRulesText.change(of: chain, from: state, to: rules?.lines(of: chain))
                guard !lines.isEmpty else { continue }
                try await tables.restore(PodRulesText.input(table: chain.table, lines: lines))
                log(chain, lines, isRemoval: rules == nil)
            }
            if trouble != nil { logger.notice("rules of the pod network can be made again") }
            trouble = nil
            if wanted == target {
                isSettledRules = true
                isIdle = rules == nil && !passes.isDue
            }
        } catch {
            meet(error, isMissed: rules != nil)
        }
    }

    private func meet(_ error: FilterError, isMissed: Bool) {
        if isMissed, trouble?.code != error.code {
            logger.error(
                "rules of the pod network cannot be made: \(error.message)",
                metadata: ["event": "\(JournalEvent.filterFailed)"])
        }
        trouble = error
        // Tables that cannot be read hold nothing of ours that anybody waits for.
        if !isMissed { isIdle = true }
    }

    private func log(_ chain: PodChain, _ lines: [String], isRemoval: Bool) {
        if isSettledRules {
            logger.warning(
                "repaired chain \(chain.rawValue): \(lines.joined(separator: "; "))",
                metadata: ["event": "\(JournalEvent.rulesRepaired)"])
        } else {
            logger.info("chain \(chain.rawValue) is \(isRemoval ? "removed" : "as the pod network needs it")")
        }
    }
}
