import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("The older packet filter")
    struct LegacyStories {
        @Test(
            "With packetFilter iptables-legacy a service is reached, keeps its rule over a restart, and a stop leaves no chain"
        )
        func legacy() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.run(
                    """
                    systemctl stop miniond
                    echo 'packetFilter: iptables-legacy' >> /etc/minion/miniond.yaml
                    systemctl start miniond
                    """)
                try await node.tellFoundingStory()
                let rules = try await ourRules(of: node)
                try #require(rules.count == 3 && rules.contains(where: Founding.isRule), "\(rules)")
                try #require(try await node.portalReferences() == [], "nothing in the other flavour")
                try #require(try await node.askPortal().contains("hello from apache-1"))

                try await node.run("systemctl restart miniond")
                try #require(try await ourRules(of: node) == rules)
                try #require(try await node.askPortal().contains("hello from apache-1"))

                try await node.run("systemctl stop miniond")
                let left = try await node.run("iptables-legacy-save -t nat; iptables-nft-save -t nat")
                try #require(left.contains("KUBE-PROXY") == false, "\(left)")
            }
        }

        /// The portal's rule and the two jumps, in the tables of iptables-legacy.
        private func ourRules(of node: TestHost) async throws -> [String] {
            try await node.run("iptables-legacy-save -t nat").lines.filter {
                $0.hasPrefix("-A") && $0.contains("KUBE-PROXY")
            }
        }
    }
}
