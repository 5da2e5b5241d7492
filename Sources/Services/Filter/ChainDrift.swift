import ClusterModel

/// What somebody else did to our rules: the part of a difference that no change of ours explains.
struct ChainDrift: CustomStringConvertible {
    let description: String

    /// `nil` if nothing drifted.
    /// - Parameters:
    ///   - believed: what the kernel held when we last changed it.
    ///   - changing: services whose rules are being changed, and therefore differ.
    init?(_ difference: ChainDifference, believed: Ruleset, changing: some Collection<ObjectKey>) {
        let lost = difference.missing.filter { believed[$0.key] == $0 }
        let explained = Set(changing.compactMap { believed[$0].map(IptablesText.specification) })
        let strange = difference.unwanted.filter { !explained.contains($0) }
        var parts: [String] = []
        if difference.lacksChain { parts.append("chain missing") }
        for hook in difference.missingJumps { parts.append("jump from \(hook.rawValue) missing") }
        for hook in difference.surplusJumps { parts.append("jump from \(hook.rawValue) surplus") }
        if let first = lost.first {
            parts.append("\(lost.count) rules missing, first: \(IptablesText.line(of: first))")
        }
        if let first = strange.first { parts.append("\(strange.count) strange rules, first: \(first)") }
        guard !parts.isEmpty else { return nil }
        description = "repaired chain \(IptablesText.chain): " + parts.joined(separator: "; ")
    }
}
