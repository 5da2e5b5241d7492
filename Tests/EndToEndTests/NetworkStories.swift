import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("The pod network over two minions")
    struct NetworkStories {
        @Test(
            "Pods reach each other by their own addresses, a portal leads to the other minion, and a purge leaves nothing"
        )
        func twoMinions() async throws {
            try await Fixture.run { fixture in
                let cluster = try await Cluster.up(fixture)
                _ = try await cluster.kubecfg("run minion/demo-httpd 2 web")
                let places = try await cluster.run(2, "simpleService=web")
                try #require(Set(places) == Set(Cluster.minionAddresses), "\(places)")
                let pods = try await cluster.podAddresses("simpleService=web")
                try #require(
                    Set(pods.values.map { $0.split(separator: ".").prefix(3).joined(separator: ".") }).count == 2)

                for (here, there) in [(0, 1), (1, 0)] {
                    let (minion, peer) = (cluster.minions[here], cluster.minions[there])
                    let own = try #require(pods[minion.address])
                    let other = try #require(pods[peer.address])
                    let page = try await minion.run("curl --silent --fail --max-time 10 http://\(other)/")
                    try #require(page.contains("at \(other)"), "from the host: \(page)")
                    // A rule without a target counts the packets that match it.
                    try await peer.run("iptables -I FORWARD -s \(own) -d \(other) -p tcp --dport 80")
                    let fetched = try await minion.fetchInWeb("http://\(other)/")
                    try #require(fetched.contains("at \(other)"), "from the pod: \(fetched)")
                    let count = try await peer.run("iptables -L FORWARD 1 -nvx | awk '{ print $1 }'").trimmed
                    try #require(Int(count) ?? 0 > 0, "the peer did not see the pod's own address")
                    try await peer.run("iptables -D FORWARD 1")
                }
                try await portal(cluster)
                try await restart(cluster)
                try await purge(cluster.minions[0])
            }
        }

        /// The founding service, asked on the minion that does not run its pod.
        private func portal(_ cluster: Cluster) async throws {
            _ = try await cluster.kubecfg("-c object.json create services", object: Founding.serviceLine)
            _ = try await cluster.kubecfg("-c object.json create pods", object: Founding.podLine)
            let place = try await cluster.run(1, "name=apache")
            let other = try #require(cluster.minions.first { $0.address != place.first })
            let answer = "hello from apache-1"
            try await eventually("the portal answers on the other minion", within: .seconds(30)) {
                try await other.attempt("curl --silent --fail --max-time 5 http://\(Founding.portal)/").outputText
                    .contains(answer)
            }
            let fromPod = try await other.fetchInWeb("http://\(Founding.portal)/")
            try #require(fromPod.contains(answer))
            let fromContainer = try await other.run(
                "docker run --rm --entrypoint /bin/wget minion/demo-httpd -q -O - http://\(Founding.portal)/")
            try #require(fromContainer.contains(answer))
        }

        /// What a restart of the agents leaves as it was.
        private func restart(_ cluster: Cluster) async throws {
            for minion in cluster.minions {
                let (containers, rules) = (try await minion.containers(), try await minion.podRules())
                try #require(rules.count == 6, "two jumps, three rules of one chain and one of the other: \(rules)")
                try await minion.run("systemctl restart miniond")
                try #require(try await minion.containers() == containers)
                try #require(try await minion.podRules() == rules)
            }
        }

        private func purge(_ minion: TestHost) async throws {
            try await minion.run("apt-get purge -y minion-agent </dev/null", within: .seconds(120))
            try #require(try await minion.podRules() == [])
            try #require(try await minion.run("docker network ls --quiet --filter name=^minion$") == "")
            try #require(
                try await minion.run("ip route show proto 77; ip -o link show type bridge").contains("minion0") == false
            )
            try #require(try await minion.run("ip route show").contains("10.244.") == false)
        }
    }
}

extension Cluster {
    /// The pods' own addresses by their minions; one pod on each.
    fileprivate func podAddresses(_ selector: String) async throws -> [String: String] {
        let template = "{{range .items}}{{.currentState.host}} {{println .currentState.podIP}}{{end}}"
        let rows = try await kubecfg("-l \(selector) -template '\(template)' list pods").lines
        return Dictionary(
            rows.map { row in
                let words = row.split(separator: " ").map(String.init)
                return (words.first ?? "", words.last ?? "")
            }
        ) { first, _ in first }
    }
}

extension TestHost {
    /// The page at `url`, fetched inside the pod of this minion whose container is called `web`.
    fileprivate func fetchInWeb(_ url: String) async throws -> String {
        try await run(
            """
            timeout 10 docker exec "$(docker ps --quiet --filter label=minion.container=web)" /bin/wget -q -O - \(url)
            """)
    }

    /// What the pod network has in the packet filter, jumps included.
    fileprivate func podRules() async throws -> [String] {
        try await run("iptables-save").lines.filter { $0.hasPrefix("-A") && $0.contains("MINION-") }
    }
}
