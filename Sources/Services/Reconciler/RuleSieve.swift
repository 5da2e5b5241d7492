/// Finds the rules the kernel refuses, so that one service's rule does not keep all others out.
struct RuleSieve {
    /// Most transactions one search may cost: enough for eight bad rules among ten thousand. A kernel that refuses more
    /// refuses all, for want of a module; then the filter as a whole has failed.
    static let transactionLimit = 256

    private struct Group {
        var rules: [PortalRule]
        /// Whether it is one rule that iptables named.
        var isAccused = false
    }

    private let filter: any PacketFilter
    private var transactions = 0
    /// Until iptables names a rule that turns out to be good (see `FilterError.suspect`).
    private var isTrusting = true

    init(filter: any PacketFilter) {
        self.filter = filter
    }

    /// Brings the additions into the kernel, except the rules it refuses.
    /// - Returns: the refused rules with the words of the refusal.
    /// - Throws: any other error, and a refusal that no added rule explains.
    consuming func pass(
        _ additions: RuleTransaction
    ) async throws(FilterError) -> [(rule: PortalRule, error: FilterError)] {
        var frame = additions
        frame.added = []
        if frame != RuleTransaction() { try await filter.apply(frame) }
        var refused: [(rule: PortalRule, error: FilterError)] = []
        var groups = [Group(rules: additions.added)]
        while let group = groups.popLast() {
            guard !group.rules.isEmpty else { continue }
            transactions += 1
            do throws(FilterError) {
                try await filter.apply(RuleTransaction(added: group.rules))
                if group.isAccused { isTrusting = false }
            } catch  where error.code == .refused && transactions < Self.transactionLimit {
                if group.rules.count == 1 {
                    refused.append((group.rules[0], error))
                } else {
                    groups += split(group.rules, suspect: error.suspect)
                }
            }
        }
        return refused
    }

    /// The accused by itself and first, so that a wrong accusation harms nobody; else halves.
    private func split(_ rules: [PortalRule], suspect: PortalRule?) -> [Group] {
        if isTrusting, let suspect, rules.contains(suspect) {
            return [Group(rules: rules.filter { $0 != suspect }), Group(rules: [suspect], isAccused: true)]
        }
        let middle = rules.count / 2
        return [Group(rules: Array(rules[middle...])), Group(rules: Array(rules[..<middle]))]
    }
}
