import Services

/// A table of a packet filter, nat unless said otherwise, in memory that reads what `iptables-restore --noflush` reads
/// and prints what `iptables-save` prints, as far as our text and the rules of the cases go: declarations, `-A`, `-I`,
/// `-D`, `-F`, `-X`, all or nothing at `COMMIT`.
public struct FakeNatTable: Sendable, Equatable {
    /// A line that was refused, and with it the whole text.
    public struct Refusal: Error, Sendable, Equatable {
        /// Counted from 1.
        public let line: Int
        /// Why.
        public let message: String
    }

    private struct Chain: Sendable, Equatable {
        var name: String
        /// `ACCEPT` of a built-in chain, `-` of one that somebody made.
        var policy: String
        /// Without `-A <chain> `.
        var rules: [String] = []
    }

    private let name: String
    private var chains: [Chain]

    /// A table with nothing but the built-in chains.
    public init(_ name: String = "nat", chains: [String] = ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]) {
        self.name = name
        self.chains = chains.map { Chain(name: $0, policy: "ACCEPT") }
    }

    /// What `iptables-save -t nat` prints, without the comments that tell the time.
    public var saved: String {
        var lines = ["*\(name)"]
        lines += chains.map { ":\($0.name) \($0.policy) [0:0]" }
        for chain in chains { lines += chain.rules.map { $0.isEmpty ? "-A \(chain.name)" : "-A \(chain.name) \($0)" } }
        return (lines + ["COMMIT"]).joined(separator: "\n") + "\n"
    }

    /// Makes the changes of the text, or none of them.
    public mutating func restore(_ text: String) throws(Refusal) {
        var next = self
        var isOpen = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            switch line {
            case "": continue
            case "*\(name)": isOpen = true
            case "COMMIT" where isOpen: self = next
            case _ where isOpen:
                if let complaint = next.execute(line) { throw Refusal(line: index + 1, message: complaint) }
            default: throw Refusal(line: index + 1, message: "no table")
            }
        }
    }

    /// Makes the change of one line; returns why it cannot.
    private mutating func execute(_ line: Substring) -> String? {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        if line.hasPrefix(":"), let name = words.first?.dropFirst() { return declare(String(name)) }
        guard words.count >= 2 else { return "Bad line" }
        let rule = words.count > 2 ? words[2] : ""
        guard let index = chains.firstIndex(where: { $0.name == words[1] }) else {
            return "No chain/target/match by that name."
        }
        if words[0] == "-A" || words[0] == "-I", let complaint = check(rule) { return complaint }
        switch words[0] {
        case "-A": chains[index].rules.append(rule)
        case "-I":
            let place = rule.split(separator: " ", maxSplits: 1)
            guard let number = place.first.flatMap({ Int($0) }) else {
                chains[index].rules.insert(rule, at: 0)
                break
            }
            guard place.count == 2, (1...chains[index].rules.count + 1).contains(number) else {
                return "Index of insertion too big."
            }
            chains[index].rules.insert(String(place[1]), at: number - 1)
        case "-F": chains[index].rules = []
        case "-X": chains.remove(at: index)
        case "-D":
            guard let found = chains[index].rules.firstIndex(of: rule) else {
                return "Bad rule (does a matching rule exist in that chain?)."
            }
            chains[index].rules.remove(at: found)
        default: return "Bad line"
        }
        return nil
    }

    private mutating func declare(_ name: String) -> String? {
        if let index = chains.firstIndex(where: { $0.name == name }) {
            if chains[index].policy == "-" { chains[index].rules = [] }
        } else {
            chains.append(Chain(name: name, policy: "-"))
        }
        return nil
    }

    /// A jump must lead to a chain or to one of the targets the kernel has for nat.
    private func check(_ rule: String) -> String? {
        let words = rule.split(separator: " ").map(String.init)
        let targets = ["REDIRECT", "DNAT", "SNAT", "MASQUERADE", "RETURN", "ACCEPT"] + chains.map(\.name)
        for (option, target) in zip(words, words.dropFirst()) where option == "-j" || option == "-g" {
            return targets.contains(target) ? nil : "No chain/target/match by that name."
        }
        return nil
    }
}
