/// Which family of commands programs the kernel. The two kinds keep separate tables, and the kernel runs both.
public enum IptablesFlavour: String, Sendable, CaseIterable {
    /// Whatever the host's `iptables` is (update-alternatives(1)). Docker runs that one too, so ours are beside Docker's rules.
    case alternative = "iptables"
    /// Rules of nf_tables.
    case nft = "iptables-nft"
    /// Rules of the older x_tables.
    case legacy = "iptables-legacy"

    /// The program that prints the rules.
    public var save: String { "\(rawValue)-save" }
    /// The program that changes them.
    public var restore: String { "\(rawValue)-restore" }

    /// Reads the answer of `iptables --version`, as in `iptables v1.8.9 (nf_tables)`. Before 1.8 there was only the older
    /// kind, and nothing in parentheses.
    static func named(in version: String) -> IptablesFlavour {
        version.contains("(nf_tables)") ? .nft : .legacy
    }
}
