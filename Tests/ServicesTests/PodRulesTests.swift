import ClusterModel
import Services
import Testing

@Suite("The rules of the pod network")
struct PodRulesTests {
    private static func networks(_ texts: [String]) -> [IPv4Network] { texts.compactMap { IPv4Network($0) } }

    private static let own = "10.244.1.0/24"
    private static let masquerade = [
        "-s 10.244.1.0/24 -d 10.244.1.0/24 -j RETURN", "-s 10.244.1.0/24 -d 10.244.1.0/24 -j ACCEPT",
        "-s 10.244.1.0/24 -j MASQUERADE",
    ]

    @Test(
        "name the fewest networks that are the pod network",
        arguments: [
            (["10.244.1.0/24"], ["10.244.1.0/24"]),
            (["10.244.1.0/24", "10.244.2.0/24"], ["10.244.1.0/24", "10.244.2.0/24"]),
            (["10.244.3.0/24", "10.244.2.0/24"], ["10.244.2.0/23"]),
            (["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24", "10.244.3.0/24"], ["10.244.0.0/22"]),
            (["10.244.1.0/24", "10.244.2.0/23", "10.244.0.0/24"], ["10.244.0.0/22"]),
            (["10.244.0.0/16", "10.244.7.0/24", "10.245.0.0/16"], ["10.244.0.0/15"]),
            (["10.244.1.0/24", "10.244.1.0/24"], ["10.244.1.0/24"]),
            (["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"]),
        ])
    func merging(_ given: [String], _ rendered: [String]) throws {
        let own = try #require(IPv4Network(Self.own))
        let rules = PodRules(own: own, podNetworks: Self.networks(given)).lines(of: .masquerade)
        #expect(rules.dropFirst().dropLast() == rendered.map { "-s \(own) -d \($0) -j ACCEPT" }[...])
    }

    @Test("let everybody reach the node's pods, and hide them from the outside only")
    func lines() throws {
        let own = try #require(IPv4Network(Self.own))
        let rules = PodRules(own: own, podNetworks: [own])
        #expect(rules.lines(of: .masquerade) == Self.masquerade)
        #expect(rules.lines(of: .forward) == ["-d 10.244.1.0/24 -j ACCEPT"])
    }

    /// A table's rules, and the change of `MINION-FORWARD` they ask for.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var saved: [String]
        var wanted: [String]? = ["-d 10.244.1.0/24 -j ACCEPT"]
        var change: [String]
    }

    private static let chain = ":MINION-FORWARD - [0:0]"
    private static let jump = "-A FORWARD -j MINION-FORWARD"
    private static let rule = "-A MINION-FORWARD -d 10.244.1.0/24 -j ACCEPT"

    static let rows = [
        Row(
            testDescription: "nothing there", saved: [":FORWARD DROP [0:0]"],
            change: [chain, "-I FORWARD -j MINION-FORWARD", rule]),
        Row(testDescription: "all there", saved: [chain, "-A FORWARD -j DOCKER-USER", jump, rule], change: []),
        Row(
            testDescription: "behind the administrator's own rules",
            saved: [
                "-A FORWARD -i x -j DROP", "-A FORWARD -j DOCKER-USER", "-A FORWARD -o docker0 -j DOCKER",
            ], change: [chain, "-I FORWARD 3 -j MINION-FORWARD", rule]),
        Row(
            testDescription: "a conditional way there is no jump",
            saved: [chain, "-A FORWARD -i x -j MINION-FORWARD", rule],
            change: ["-I FORWARD -j MINION-FORWARD"]),
        Row(
            testDescription: "one jump too many", saved: [chain, jump, jump, rule],
            change: ["-D FORWARD -j MINION-FORWARD"]),
        Row(
            testDescription: "another rule in the chain", saved: [chain, jump, rule, "-A MINION-FORWARD -j DROP"],
            change: [chain, rule]),
        Row(
            testDescription: "another subnet", saved: [chain, jump, "-A MINION-FORWARD -d 10.244.9.0/24 -j ACCEPT"],
            change: [chain, rule]),
        Row(testDescription: "unwanted and not there", saved: ["-A FORWARD -j DOCKER-USER"], wanted: nil, change: []),
        Row(
            testDescription: "unwanted and there", saved: [chain, jump, rule], wanted: nil,
            change: ["-D FORWARD -j MINION-FORWARD", "-F MINION-FORWARD", "-X MINION-FORWARD"]),
        Row(
            testDescription: "unwanted, and another leads there",
            saved: [chain, "-A MINE -g MINION-FORWARD", jump, rule],
            wanted: nil, change: ["-D FORWARD -j MINION-FORWARD", "-F MINION-FORWARD"]),
        Row(
            testDescription: "emptied for good", saved: [chain, "-A MINE -j MINION-FORWARD"], wanted: nil, change: []),
    ]

    @Test("are brought into a table by what is missing", arguments: rows)
    func change(_ row: Row) throws {
        let saved = (["*filter"] + row.saved + ["COMMIT", ""]).joined(separator: "\n")
        let state = try PodRulesText.state(of: .forward, in: Array(saved.utf8))
        #expect(PodRulesText.change(of: .forward, from: state, to: row.wanted) == row.change)
    }

    @Test("are not looked for in a table that the tool cannot show")
    func incompatible() {
        let output = "# Table `filter' is incompatible, use 'nft' tool.\n"
        #expect(throws: FilterError(code: .unsupported, message: "Table `filter' is incompatible, use 'nft' tool.")) {
            try PodRulesText.state(of: .forward, in: Array(output.utf8))
        }
    }
}
