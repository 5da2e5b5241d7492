/// What a table holds of one of our chains.
public struct PodChainState: Sendable, Equatable {
    /// Whether the chain is there, be it empty.
    public var exists = false
    /// Its rules in the kernel's order, as `iptables-save` prints them after `-A <chain> `.
    public var rules: [String] = []
    /// How many plain jumps to it its hook has; one is right.
    public var jumps = 0
    /// Rules of the hook up to its last plain jump to Docker's chain for the administrator's own rules.
    public var rulesUpToDockerUser = 0
    /// Other rules that lead to it, as whole lines: not ours, never touched.
    public var foreignReferences: [String] = []

    /// A chain that is not there.
    public init() {}
}

/// The text that `iptables-save` prints and `iptables-restore` reads, as far as it concerns the chains of the pod network.
public enum PodRulesText {
    private static let dockerUser = "-j DOCKER-USER"

    /// What the output of `iptables-save` for the chain's table says of it. O(bytes).
    /// - Throws: `unsupported` if the tool says that it cannot show the table, because rules made with `nft` itself are in it.
    public static func state(of chain: PodChain, in output: [UInt8]) throws(FilterError) -> PodChainState {
        let name = chain.rawValue
        var state = PodChainState()
        var rulesOfHook = 0
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("# Table `\(chain.table)' is incompatible") {
                throw FilterError(code: .unsupported, message: String(line.dropFirst(2)))
            }
            if line.hasPrefix(":\(name) ") { state.exists = true }
            if line.hasPrefix("-A \(name) ") { state.rules.append(String(line.dropFirst(name.count + 4))) }
            if line.hasPrefix("-A \(chain.hook) ") {
                rulesOfHook += 1
                if line == "-A \(chain.hook) \(dockerUser)" { state.rulesUpToDockerUser = rulesOfHook }
            }
            guard line.hasSuffix(" -j \(name)") || line.hasSuffix(" -g \(name)") else { continue }
            if line == "-A \(chain.hook) -j \(name)" {
                state.jumps += 1
            } else {
                state.foreignReferences.append(String(line))
            }
        }
        return state
    }

    /// The lines, within the chain's table, that bring it from `state` to `wanted`; `nil` wants no such chain. Empty when
    /// nothing is to be done. A chain that somebody else's rule leads to is emptied and kept: to empty it is ours, that rule is
    /// not.
    ///
    /// A jump that comes is put behind the administrator's own rules in DOCKER-USER and before everything else: a rule at the
    /// end that rejects the rest, as some distributions have, is not meant for pods.
    public static func change(of chain: PodChain, from state: PodChainState, to wanted: [String]?) -> [String] {
        let name = chain.rawValue
        let jump = "\(chain.hook) -j \(name)"
        guard let wanted else {
            guard state.exists else { return [] }
            let removal = state.foreignReferences.isEmpty ? ["-F \(name)", "-X \(name)"] : ["-F \(name)"]
            let isDone = state.jumps == 0 && state.rules.isEmpty && !state.foreignReferences.isEmpty
            return isDone ? [] : Array(repeating: "-D \(jump)", count: state.jumps) + removal
        }
        var lines: [String] = []
        // The declaration creates the chain or empties it, in the same step as it is filled.
        let isFilled = state.exists && state.rules == wanted
        if !isFilled { lines.append(":\(name) - [0:0]") }
        lines += Array(repeating: "-D \(jump)", count: max(0, state.jumps - 1))
        if state.jumps == 0 {
            let place = state.rulesUpToDockerUser > 0 ? " \(state.rulesUpToDockerUser + 1)" : ""
            lines.append("-I \(chain.hook)\(place) -j \(name)")
        }
        if !isFilled { lines += wanted.map { "-A \(name) \($0)" } }
        return lines
    }

    /// The input of `iptables-restore --noflush` for the changed lines of one table, which take effect together or not at all.
    public static func input(table: String, lines: [String]) -> [UInt8] {
        Array((["*\(table)"] + lines + ["COMMIT", ""]).joined(separator: "\n").utf8)
    }
}
