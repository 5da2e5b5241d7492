import ClusterModel
import NodeKit
import Services
import Testing

/// The pod network's chains in the kernel this runs on, through the real commands.
@Suite struct PodRulesKernelTests {
    private let log = RecordingLog()

    /// What Docker and an administrator have in the two tables.
    private static let foreign = [
        "nat": [
            "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", "-A POSTROUTING -o e0 -j MASQUERADE",
        ],
        "filter": [
            ":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER", "-A FORWARD -o docker0 -j ACCEPT",
            "-A DOCKER-USER -s 192.0.2.0/24 -j DROP", "-A DOCKER-USER -j RETURN",
        ],
    ]

    /// - Parameter own: this node's subnet; `nil` once its entry is gone.
    private func plan(_ own: String?) -> RoutePlan {
        let networks = (own.map { [$0] } ?? []) + ["10.244.2.0/24", "10.244.3.0/24"]
        let minions = networks.enumerated().map { index, network in
            Minion(
                meta: ObjectMeta(name: own != nil && index == 0 ? "a" : "peer\(index)", namespace: ""),
                hostIP: "10.0.0.\(index + 1)", podCIDR: IPv4Network(network))
        }
        let former = Minion(meta: ObjectMeta(name: "a", namespace: ""), hostIP: "10.0.0.1")
        return RoutePlan(minions, nodeName: "a", paths: [:], formerOwn: former)
    }

    private func rules(_ network: PrivateNetwork, _ flavour: IptablesFlavour) async throws -> [String] {
        var rules: [String] = []
        for table in ["nat", "filter"] {
            rules += try await network.run(flavour.save, "-t", table).split(separator: "\n").map(String.init)
                .filter { $0.hasPrefix("-A") || $0.hasPrefix(":MINION") }
        }
        return rules
    }

    private func follow(_ plan: RoutePlan, _ tables: IptablesFilter) async -> [String] {
        let reconciler = PodRulesReconciler(tables: tables, logger: log.logger)
        await reconciler.follow(plan)
        await reconciler.settle()
        return await reconciler.degraded
    }

    @Test(
        "are read back as they were made, repaired, and taken away, beside the rules of others",
        arguments: PacketFilterKernelTests.flavours)
    func story(flavour: IptablesFlavour) async throws {
        let network = try await PrivateNetwork()
        let tables = IptablesFilter(flavour, commands: network.commands)
        for (table, lines) in Self.foreign {
            let text = (["*\(table)"] + lines + ["COMMIT", ""]).joined(separator: "\n")
            try await network.run(flavour.restore, "--noflush", input: text)
        }
        let before = try await rules(network, flavour)
        #expect(await follow(plan("10.244.1.0/24"), tables) == [])
        let made = try await rules(network, flavour)
        #expect(made.filter { before.contains($0) } == before)
        let ours = [
            "-A POSTROUTING -j MINION-MASQ", "-A MINION-MASQ -s 10.244.1.0/24 -d 10.244.1.0/24 -j RETURN",
            "-A MINION-MASQ -s 10.244.1.0/24 -d 10.244.1.0/24 -j ACCEPT",
            "-A MINION-MASQ -s 10.244.1.0/24 -d 10.244.2.0/23 -j ACCEPT",
            "-A MINION-MASQ -s 10.244.1.0/24 -j MASQUERADE", "-A FORWARD -j MINION-FORWARD",
            "-A MINION-FORWARD -d 10.244.1.0/24 -j ACCEPT",
        ]
        #expect(Set(made).subtracting(before).filter { $0.hasPrefix("-A") } == Set(ours))
        #expect(made.filter { $0.hasPrefix("-A FORWARD") }.prefix(2) == ["-A FORWARD -j DOCKER-USER", ours[5]])
        #expect(made.first { $0.hasPrefix("-A POSTROUTING") } == ours[0])

        // As the kernel prints them nothing differs.
        let wanted = PodRules(
            own: try #require(IPv4Network("10.244.1.0/24")), podNetworks: plan("10.244.1.0/24").podNetworks)
        for chain in PodChain.allCases {
            let state = try PodRulesText.state(of: chain, in: try await tables.saved(table: chain.table))
            #expect(PodRulesText.change(of: chain, from: state, to: wanted.lines(of: chain)) == [])
        }

        try await network.run(flavour.rawValue, "-t", "nat", "-F", "POSTROUTING")
        try await network.run(flavour.rawValue, "-I", "MINION-FORWARD", "-j", "DROP")
        #expect(await follow(plan("10.244.1.0/24"), tables) == [])
        let lost = Self.foreign["nat"] ?? []
        #expect(Set(try await rules(network, flavour)) == Set(made).subtracting(lost))

        #expect(await follow(plan(nil), tables) == [])
        #expect(try await rules(network, flavour) == before.filter { !lost.contains($0) })
        withExtendedLifetime(network) {}
    }
}
