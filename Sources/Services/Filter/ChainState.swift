import ClusterModel

/// Where a packet meets our chain first. Both are needed: what comes from containers and other machines passes one, what
/// processes of the host send passes the other (reference §5.5).
public enum NatHook: String, Sendable, Hashable, CaseIterable {
    /// Packets that arrive on an interface, those of bridges included.
    case prerouting = "PREROUTING"
    /// Packets of processes of this host.
    case output = "OUTPUT"
}

/// What the kernel's nat table holds of ours.
public struct ChainState: Sendable, Equatable {
    /// Whether our chain is there, be it empty.
    public var exists: Bool
    /// Our chain's rules in the kernel's order, each as `iptables-save` prints it after `-A KUBE-PROXY `.
    public var rules: [String]
    /// How many plain jumps to our chain each built-in chain has; one is right.
    public var jumps: [NatHook: Int]
    /// Other rules that lead to our chain, as whole lines: not ours, never touched.
    public var foreignReferences: [String]

    /// A state of the table; what is not given is absent.
    public init(
        exists: Bool = false, rules: [String] = [], jumps: [NatHook: Int] = [:], foreignReferences: [String] = []
    ) {
        self.exists = exists
        self.rules = rules
        self.jumps = jumps
        self.foreignReferences = foreignReferences
    }
}

/// How the kernel's picture differs from the wanted one, compared as text: any spelling but the one we render is a difference.
public struct ChainDifference: Sendable, Equatable {
    /// What becomes of lines in our chain that no wanted service explains.
    public enum Strangers: Sendable {
        /// They are to go: every service is known.
        case removed
        /// They stay: they may belong to services we have not been told of yet. Only a line that leads the portal of a wanted
        /// service elsewhere is to go, because being the older one it would win, and a line that leads to one of these ports,
        /// which are listeners of services we know.
        case kept(butTo: Set<UInt16>)
    }

    /// The chain is not there.
    public var lacksChain: Bool
    /// Wanted rules the kernel does not hold.
    public var missing: [PortalRule]
    /// Lines of our chain that are to go, each as often as it is too many.
    public var unwanted: [String]
    /// Lines of our chain that no wanted service explains and that stay (`Strangers.kept`).
    public var kept: [String]
    /// Hooks without a jump to the chain.
    public var missingJumps: [NatHook]
    /// Hooks with more than one, once per surplus jump.
    public var surplusJumps: [NatHook]

    /// Compares. O(rules in the kernel + rules wanted).
    public init(kernel: ChainState, wanted: Ruleset, strangers: Strangers) {
        lacksChain = !kernel.exists
        missingJumps = NatHook.allCases.filter { kernel.jumps[$0, default: 0] == 0 }
        surplusJumps = NatHook.allCases.flatMap { hook in
            Array(repeating: hook, count: max(0, kernel.jumps[hook, default: 0] - 1))
        }
        unwanted = []
        kept = []
        var open: [String: PortalRule] = [:]
        open.reserveCapacity(wanted.rules.count)
        for rule in wanted.rules.values { open[IptablesText.specification(of: rule)] = rule }
        var unexplained: [String] = []
        for line in kernel.rules where open.removeValue(forKey: line) == nil { unexplained.append(line) }
        missing = open.values.sorted { $0.key < $1.key }
        switch strangers {
        case .removed:
            unwanted = unexplained
        case .kept(let ports):
            let portals = Set(missing.map(\.portal))
            for line in unexplained {
                let redirect = IptablesText.redirect(in: line)
                let mustGo = redirect.map { portals.contains($0.portal) || ports.contains($0.proxyPort) } ?? false
                if mustGo { unwanted.append(line) } else { kept.append(line) }
            }
        }
    }

    /// Whether nothing is to be done.
    public var isEmpty: Bool {
        !lacksChain && missing.isEmpty && unwanted.isEmpty && missingJumps.isEmpty && surplusJumps.isEmpty
    }
}
