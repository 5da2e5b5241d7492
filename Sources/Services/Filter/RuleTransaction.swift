/// A change of the kernel's nat table that takes effect as a whole or not at all. It names nothing but our own chain and the
/// jumps to it.
public struct RuleTransaction: Sendable, Equatable {
    /// Creates our chain; one that exists is emptied first, in the same step.
    public var declaresChain: Bool
    /// Jumps that come, before every other rule of their hook.
    public var insertedJumps: [NatHook]
    /// Jumps that go, once per entry.
    public var deletedJumps: [NatHook]
    /// Lines of our chain that go, as the kernel prints them after `-A KUBE-PROXY `.
    public var removed: [String]
    /// Rules that are appended to our chain, after the removals.
    public var added: [PortalRule]

    /// A change; what is not given is not touched.
    public init(
        declaresChain: Bool = false, insertedJumps: [NatHook] = [], deletedJumps: [NatHook] = [],
        removed: [String] = [],
        added: [PortalRule] = []
    ) {
        self.declaresChain = declaresChain
        self.insertedJumps = insertedJumps
        self.deletedJumps = deletedJumps
        self.removed = removed
        self.added = added
    }

    /// Most rules that a change removes one by one. iptables-nft looks through the whole chain for each: 10,000 of them took
    /// 53 s, longer than `IptablesFilter` gives it, and the whole chain anew takes 0.3 s.
    public static let removalsOneByOne = 100

    /// The change alone, for a kernel that holds what we believe it holds; one that removes more than `removalsOneByOne`
    /// rules fills the chain anew with all of `wanted`.
    public init(_ delta: RulesetDelta, to wanted: Ruleset) {
        if delta.removed.count > Self.removalsOneByOne {
            self.init(declaresChain: true, added: wanted.ordered)
        } else {
            self.init(removed: delta.removed.map(IptablesText.specification), added: delta.added)
        }
    }

    /// What adds to the kernel and nothing else: the chain if it is absent, the missing jumps and rules, and the removal of
    /// what `difference` wants to go, line by line.
    public init(stepwise difference: ChainDifference) {
        self.init(
            declaresChain: difference.lacksChain, insertedJumps: difference.missingJumps,
            deletedJumps: difference.surplusJumps, removed: difference.unwanted, added: difference.missing)
    }

    /// The chain emptied and filled anew with all of `wanted`: right whatever the chain holds, at the price of every rule.
    public init(whole wanted: Ruleset, over difference: ChainDifference) {
        self.init(
            declaresChain: true, insertedJumps: difference.missingJumps, deletedJumps: difference.surplusJumps,
            added: wanted.ordered)
    }
}
