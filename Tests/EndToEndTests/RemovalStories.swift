import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("Remove and purge")
    struct RemovalStories {
        @Test("A removal takes the agent and its rules; containers and state stay, and a new install adopts them")
        func remove() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.tellFoundingStory()
                let containers = try await node.containers()

                try await node.run("apt-get remove -y minion-agent </dev/null")
                // A rule that led to a closed port could lead to somebody else's tomorrow.
                try #require(try await node.run("iptables-save -t nat").contains("KUBE-PROXY") == false)
                try #require(try await node.containers() == containers)
                _ = try await node.run("test -d /var/lib/minion && test -f /etc/minion/miniond.yaml")

                try await node.installCopied(Package.agent.copied)
                try await node.answersAgain()
                try #require(try await node.containers() == containers)
            }
        }

        @Test("A purge leaves nothing of the agent, and everything of others")
        func purge() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.host()
                try await node.makeDemoImage()
                let foreign = try await node.plantForeignThings()
                let rules = try await node.natRules()
                try await node.becomeNode()
                try await node.tellFoundingStory()
                try await node.run("apt-get purge -y minion-agent </dev/null", within: .seconds(120))

                try #require(try await node.natRules() == rules)
                let left = try await node.run("docker ps --all --quiet --no-trunc").trimmed
                try #require(left == foreign)
                try #require(try await node.run("docker images --quiet minion/pause") == "")
                let folders = try await node.run("ls -d /etc/minion /var/lib/minion /run/minion 2>/dev/null || :")
                try #require(folders == "")
                try #require(try await node.run("systemctl list-units --all --no-legend 'miniond*'") == "")
            }
        }

        @Test("A purge that cannot reach the engine names the containers it may have left")
        func purgeWithoutEngine() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.tellFoundingStory()
                let owner = try await node.run("cat /var/lib/minion/id").trimmed
                try await node.run("systemctl stop docker.socket docker.service", within: .seconds(90))
                let words = try await node.run("apt-get purge -y minion-agent </dev/null 2>&1", within: .seconds(120))

                try #require(words.contains("containers with the label minion.owner=\(owner) may be left"), "\(words)")
                try #require(try await node.attempt("test -e /var/lib/minion").status.isSuccess == false)
                try await node.run("systemctl start docker.service")
                let left = try await node.run("docker ps --all --quiet --filter label=minion.owner=\(owner)")
                try #require(left.lines.count == 2, "pause and httpd, which a person can find by that label")
            }
        }
    }
}

extension TestHost {
    /// Starts a container and adds a rule that have nothing to do with the agent; returns the container's id.
    func plantForeignThings() async throws -> String {
        try await run("iptables -t nat -A PREROUTING -p tcp --dport 8099 -m comment --comment 'not ours' -j REDIRECT")
        return try await run("docker run --detach --name foreign --label owner=somebody minion/demo-httpd").trimmed
    }
}
