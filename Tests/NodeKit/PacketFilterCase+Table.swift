import ClusterModel
public import Services

extension PacketFilterCase {
    /// Docker's rules with one published port, as it makes them.
    public static let docker = [
        ":DOCKER - [0:0]",
        "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
        "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
        "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
        "-A DOCKER -i docker0 -j RETURN",
        "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 12345 -j DNAT --to-destination 172.17.0.2:80",
    ]

    /// The rule of the founding story.
    public static let founding = rule("apache-service", 0x0A0B_0001, 12345, to: 33945)
    /// The founding rule as the kernel prints it after the chain's name.
    public static let foundingText =
        "-d 10.11.0.1/32 -p tcp -m comment --comment apache-service -m tcp --dport 12345 -j REDIRECT --to-ports 33945"

    private static let other = rule("web", 0x0A0B_0002, 80, to: 40001)
    private static let otherText =
        "-d 10.11.0.2/32 -p tcp -m comment --comment web -m tcp --dport 80 -j REDIRECT --to-ports 40001"
    private static let declared = [":KUBE-PROXY - [0:0]"]
    private static let jumps = ["-A PREROUTING -j KUBE-PROXY", "-A OUTPUT -j KUBE-PROXY"]
    private static let programmed = declared + jumps + ["-A KUBE-PROXY \(foundingText)"]
    private static let bothJumps: [NatHook: Int] = [.prerouting: 1, .output: 1]

    /// All cases.
    public static let all: [PacketFilterCase] = additions + removals + strangers + refusals

    private static let additions = [
        PacketFilterCase(
            "fills an empty table",
            RuleTransaction(declaresChain: true, insertedJumps: NatHook.allCases, added: [founding]),
            gives: ChainState(exists: true, rules: [foundingText], jumps: bothJumps)),
        PacketFilterCase(
            "puts its jumps before Docker's", before: docker,
            RuleTransaction(declaresChain: true, insertedJumps: NatHook.allCases, added: [founding]),
            gives: ChainState(exists: true, rules: [foundingText], jumps: bothJumps)),
        PacketFilterCase(
            "appends one rule", before: docker + programmed, RuleTransaction(added: [other]),
            gives: ChainState(exists: true, rules: [foundingText, otherText], jumps: bothJumps)),
        PacketFilterCase(
            "adds the one jump that is missing", before: declared + [jumps[0]],
            RuleTransaction(insertedJumps: [.output]), gives: ChainState(exists: true, jumps: bothJumps)),
        PacketFilterCase(
            "quotes names as iptables prints them", before: declared,
            RuleTransaction(added: ["a.b", "a b", "it's", "say \"x\" \\ y", "--x", "é"].map(named)),
            gives: ChainState(
                exists: true,
                rules: [#""a.b""#, #""a b""#, #""it\'s""#, #""say \"x\" \\ y""#, "--x", #""é""#].map(quotedText))),
    ]

    private static let removals = [
        PacketFilterCase(
            "removes one rule", before: docker + programmed + ["-A KUBE-PROXY \(otherText)"],
            RuleTransaction(removed: [foundingText]),
            gives: ChainState(exists: true, rules: [otherText], jumps: bothJumps)),
        PacketFilterCase(
            "leads one portal to another port", before: docker + programmed,
            RuleTransaction(removed: [foundingText], added: [rule("apache-service", 0x0A0B_0001, 12345, to: 5)]),
            gives: ChainState(
                exists: true, rules: [foundingText.replacingPort("33945", with: "5")], jumps: bothJumps)),
        PacketFilterCase(
            "removes a surplus jump", before: programmed + [jumps[0]],
            RuleTransaction(deletedJumps: [.prerouting]),
            gives: ChainState(exists: true, rules: [foundingText], jumps: bothJumps)),
        PacketFilterCase(
            "removes a rule with a quoted name", before: declared + ["-A KUBE-PROXY \(quotedText(#""it\'s""#))"],
            RuleTransaction(removed: [quotedText(#""it\'s""#)]), gives: ChainState(exists: true)),
    ]

    private static let strangers = [
        PacketFilterCase(
            "empties its own chain of strangers and no other",
            before: docker + programmed + [
                "-A KUBE-PROXY", "-A KUBE-PROXY -j RETURN", "-A KUBE-PROXY -s 1.2.3.4/32 -j ACCEPT",
            ],
            RuleTransaction(declaresChain: true, added: [founding, other]),
            gives: ChainState(exists: true, rules: [foundingText, otherText], jumps: bothJumps)),
        PacketFilterCase(
            "leaves other ways into its chain",
            before: programmed + [
                ":MINE - [0:0]", "-A MINE -j KUBE-PROXY", "-A MINE -g KUBE-PROXY",
                "-A PREROUTING -s 10.0.0.0/8 -j KUBE-PROXY",
            ],
            RuleTransaction(declaresChain: true, added: [other]),
            gives: ChainState(
                exists: true, rules: [otherText], jumps: bothJumps,
                foreignReferences: [
                    "-A PREROUTING -s 10.0.0.0/8 -j KUBE-PROXY", "-A MINE -j KUBE-PROXY", "-A MINE -g KUBE-PROXY",
                ])),
    ]

    private static let refusals = [
        PacketFilterCase(
            "adds nothing to a chain that is gone", before: docker, RuleTransaction(added: [founding]),
            gives: ChainState(), error: .refused),
        PacketFilterCase(
            "does nothing of a transaction that removes what is not there", before: docker + programmed,
            RuleTransaction(removed: [otherText], added: [other]),
            gives: ChainState(exists: true, rules: [foundingText], jumps: bothJumps), error: .refused),
    ]

    private static func named(_ name: String) -> PortalRule { rule(name, 0x0A0B_0009, 9, to: 9) }

    private static func quotedText(_ quoted: String) -> String {
        "-d 10.11.0.9/32 -p tcp -m comment --comment \(quoted) -m tcp --dport 9 -j REDIRECT --to-ports 9"
    }

    /// A rule of a service in namespace `default`, with the portal IP in host byte order.
    public static func rule(_ name: String, _ address: UInt32, _ port: UInt16, to proxyPort: UInt16) -> PortalRule {
        PortalRule(
            key: ObjectKey(kind: .service, name: name),
            portal: Portal(address: IPv4Address(value: address), port: port), proxyPort: proxyPort)
    }
}

extension String {
    fileprivate func replacingPort(_ old: String, with new: String) -> String {
        hasSuffix(old) ? dropLast(old.count) + new : self
    }
}
