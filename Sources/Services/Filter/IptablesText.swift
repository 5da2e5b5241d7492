import ClusterModel

/// The text `iptables-restore` reads and `iptables-save` prints, as far as it concerns our chain.
///
/// Rules are spelt exactly as the kernel's tools print them back, so that comparing text compares rules (reference §9,
/// trap 7): address with `/32`, matches in the order the tools print, `-m tcp` spelt out.
public enum IptablesText {
    /// Our chain in the nat table. The name is kube-proxy's of 2014; everything in it is ours.
    public static let chain = "KUBE-PROXY"

    /// The rule as `iptables-save` prints it after `-A KUBE-PROXY `.
    public static func specification(of rule: PortalRule) -> String {
        let transport = rule.portal.transport.rawValue.lowercased()
        return "-d \(rule.portal.address)/32 -p \(transport) -m comment --comment \(quoted(rule.comment)) "
            + "-m \(transport) --dport \(rule.portal.port) -j REDIRECT --to-ports \(rule.proxyPort)"
    }

    /// The whole line of the rule, as `iptables-save` prints it.
    public static func line(of rule: PortalRule) -> String { "-A \(chain) \(specification(of: rule))" }

    /// The input of `iptables-restore --noflush` that makes the change in one transaction.
    ///
    /// A declaration `:KUBE-PROXY - [0:0]` creates or empties that chain alone. Jumps are inserted before other rules, not
    /// appended as kube-proxy did in 2014: a rule in front that ends the hook (`RETURN`, a transparent proxy's `REDIRECT`, or
    /// Docker's `--dst-type LOCAL -j DOCKER` on a host that routes the portal net to itself, where it would give a portal's
    /// port to a published container port) would hide every service. In front ours takes nothing from others, as its rules
    /// match only portals. The price is that each new connection of the host walks our rules first.
    public static func input(for transaction: RuleTransaction) -> [UInt8] {
        var text = Array("*nat\n".utf8)
        text.reserveCapacity(128 * (transaction.removed.count + transaction.added.count + 4))
        func append(_ line: String) {
            text.append(contentsOf: line.utf8)
            text.append(UInt8(ascii: "\n"))
        }
        if transaction.declaresChain { append(":\(chain) - [0:0]") }
        for hook in transaction.deletedJumps { append("-D \(hook.rawValue) -j \(chain)") }
        for hook in transaction.insertedJumps { append("-I \(hook.rawValue) -j \(chain)") }
        for line in transaction.removed { append("-D \(chain) \(line)") }
        for rule in transaction.added { append(line(of: rule)) }
        append("COMMIT")
        return text
    }

    /// The added rule that stands on a line of `input(for:)`, counted from 1; `nil` where none does.
    public static func addedRule(of transaction: RuleTransaction, atLine number: Int) -> PortalRule? {
        let linesBefore =
            1 + (transaction.declaresChain ? 1 : 0) + transaction.deletedJumps.count + transaction.insertedJumps.count
            + transaction.removed.count
        let index = number - linesBefore - 1
        return transaction.added.indices.contains(index) ? transaction.added[index] : nil
    }

    /// The text as `iptables-save` prints an argument: bare if it is made of letters, digits, `-` and `_`, otherwise in double
    /// quotes with `"`, `\` and `'` escaped by `\` (libxtables, `xtables_save_string`).
    public static func quoted(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy(isBare) { return text }
        var quoted = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" || character == "'" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
