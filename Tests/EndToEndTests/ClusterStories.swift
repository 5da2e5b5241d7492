import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("The article's three machines")
    struct ClusterStories {
        /// The article's object (kubernetes-2014 §1.1), and what its kubecfg printed (§7).
        private static let service = #"""
            {"id":"apache-service","kind":"Service","apiVersion":"v1beta1","port":9998,"containerPort":80,
             "selector":{"name":"apache"},"labels":{"name":"apache-service"}}
            """#
        private static let table = """
            ID                  Labels                Selector            IP                  Port
            ----------          ----------            ----------          ----------          ----------
            apache-service      name=apache-service   name=apache         10.11.0.1           9998


            """

        @Test(
            "kubecfg creates the service; both minions get its rule and answer, to a container too, and also without a master"
        )
        func article() async throws {
            try await Fixture.run { fixture in
                let cluster = try await Cluster.up(fixture)
                let created = try await cluster.kubecfg("-c object.json create services", object: Self.service)
                try #require(created == Self.table)
                // The port of the article's rule; the address stays.
                let port = Self.service.split(separator: "9998").joined(separator: "12345")
                _ = try await cluster.kubecfg("-c object.json update services/apache-service", object: port)
                _ = try await cluster.kubecfg("-c object.json create pods", object: Founding.podLine)
                let place = try await cluster.run(1, "name=apache")

                for minion in cluster.minions { try await minion.hasFoundingRule() }
                let minion = try #require(cluster.minions.first { $0.address == place.first })
                for minion in cluster.minions {
                    try await minion.answersAgain()
                    let fromContainer = try await minion.run(
                        "docker run --rm --entrypoint /bin/wget minion/demo-httpd -q -O - http://\(Founding.portal)/")
                    try #require(fromContainer.contains("hello from apache-1"))
                }

                try await cluster.master.run("systemctl stop minion-master")
                let containers = try await minion.containers()
                try #require(try await minion.askPortal().contains("hello from apache-1"))
                try await minion.run("systemctl restart miniond")
                for minion in cluster.minions {
                    try #require(try await minion.askPortal().contains("hello from apache-1"))
                }
                try await cluster.master.run("systemctl start minion-master")
                try await cluster.run(1, "name=apache")
                try #require(try await minion.containers() == containers)
            }
        }

        @Test("A replication controller goes from one pod to five, over both minions, and to none")
        func scale() async throws {
            try await Fixture.run { fixture in
                let cluster = try await Cluster.up(fixture)
                _ = try await cluster.kubecfg("run minion/demo-httpd 1 web")
                try await cluster.run(1, "simpleService=web")

                _ = try await cluster.kubecfg("resize web 5")
                let places = try await cluster.run(5, "simpleService=web")
                try #require(Set(places) == Set(Cluster.minionAddresses), "\(places)")

                _ = try await cluster.kubecfg("resize web 0")
                try await eventually("no pod is left") { try await cluster.pods("simpleService=web").isEmpty }
                for minion in cluster.minions {
                    try await eventually("no container is left on \(minion.address)", within: .seconds(60)) {
                        try await minion.containers().isEmpty
                    }
                }
                _ = try await cluster.kubecfg("rm web")
            }
        }
    }
}

extension TestHost {
    /// Waits for the founding service's rule, the chain's only one, and for the agent's listener at its port.
    fileprivate func hasFoundingRule() async throws {
        let rules = try await eventually("\(address) has the rule") {
            try await portalRules()
        } until: {
            $0.count == 1 && Founding.isRule($0[0])
        }
        let port = rules[0].split(separator: " ").last ?? ""
        try #require(try await run("ss -Hltnp 'sport = :\(port)'").contains("miniond"))
    }
}
