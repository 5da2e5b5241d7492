import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("Nothing that runs is disturbed")
    struct RestartStories {
        /// Requests that may be under way at one moment: 50 a second, of some milliseconds each, or of some hundred
        /// where others build on the machine. A restart takes a second; whoever came meanwhile would be 50.
        private static let requestsUnderWay = 20

        @Test("systemctl restart under 50 clients a second: every one is answered, no container is touched")
        func restart() async throws {
            try await disturbed { node in
                try await node.run("systemctl restart miniond")
            } judge: { result in
                try #require(result.failed == 0, "\(result)")
            }
        }

        @Test("An upgrade under 50 clients a second: every one is answered, no container is touched")
        func upgrade() async throws {
            try await disturbed { node in
                let package = try await Package.agent.repacked(on: node, suffix: "+next")
                try await node.installCopied(package)
                let version = try await node.run("dpkg-query -W -f '${Version}' minion-agent")
                try #require(version.hasSuffix("+next"))
            } judge: { result in
                try #require(result.failed == 0, "\(result)")
            }
        }

        @Test("kill -9: none is refused, only requests under way may break, and no container is touched")
        func kill() async throws {
            try await disturbed { node in
                try await node.run("systemctl kill --signal=KILL miniond")
                try await node.isRestarted()
            } judge: { result in
                try #require(result.refused == 0, "\(result)")
                try #require(result.failed <= Self.requestsUnderWay, "\(result)")
                try #require(result.outcomes["TimeoutError", default: 0] == 0, "\(result)")
            }
        }

        @Test(
            "A restart gives connections drainSeconds: one that ends by itself is whole, one that does not is reset, a new one waits"
        )
        func longConnections() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                // Shorter than the drain: the agent must ask systemd for the time by itself.
                try await node.write(
                    "[Service]\nTimeoutStopSec=2\n", to: "/run/systemd/system/miniond.service.d/test.conf")
                try await node.run(
                    """
                    echo 'drainSeconds: 10' >> /etc/minion/miniond.yaml
                    systemctl daemon-reload && systemctl restart miniond
                    """)
                try await node.tellFoundingStory()
                let connections = try await LongConnections.open(on: node)

                try await node.run("systemctl restart --no-block miniond")
                try await eventually("the agent drains") { try await node.isStopping() }
                async let newcomer = node.run(
                    "curl --silent --show-error --fail --max-time 60 http://\(Founding.portal)/", within: .seconds(90))
                try await connections.finishOne()
                try await eventually("the one that ends by itself") { try await connections.outcomes().count == 1 }
                try #require(try await node.isStopping(), "that was within the drain")
                try await eventually("the other one") { try await connections.outcomes().count == 2 }
                try #require(try await connections.outcomes() == ["ok", "ConnectionResetError"])
                try #require(try await newcomer.contains("hello from apache-1"))
                try #require(try await node.journal("-u miniond").contains("1 connections were still open"))
            }
        }

        @Test("An agent that hangs is noticed by the watchdog and started again")
        func watchdog() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.write(
                    "[Service]\nWatchdogSec=2\n", to: "/run/systemd/system/miniond.service.d/test.conf")
                try await node.run("systemctl daemon-reload && systemctl restart miniond")
                try await node.tellFoundingStory()
                let containers = try await node.containers()

                try await node.run("systemctl kill --kill-whom=main --signal=STOP miniond")
                try await node.isRestarted()
                try #require(try await node.journal("-u miniond").contains("Watchdog timeout"))
                try #require(try await node.askPortal().contains("hello from apache-1"))
                try #require(try await node.containers() == containers)
            }
        }

        /// Tells the founding story, has 50 clients a second ask for it while `disturbance` runs, and wants the same
        /// containers, the same rule and a working agent afterwards.
        private func disturbed(
            by disturbance: (TestHost) async throws -> Void, judge: (LoadGenerator.Result) throws -> Void
        ) async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.tellFoundingStory()
                let containers = try await node.containers()
                let rules = try await node.portalRules()
                try #require(containers.count == 2, "pause and httpd")

                let load = try await LoadGenerator.start(on: node)
                try await disturbance(node)
                try await load.succeed(atLeast: 100)
                let result = try await load.finish()

                try judge(result)
                try #require(try await node.containers() == containers)
                try #require(try await node.portalRules() == rules)
                _ = try await node.run("minionctl status")
            }
        }
    }
}

extension TestHost {
    /// Whether systemd has told the agent to end, and it has not yet.
    func isStopping() async throws -> Bool {
        try await run("systemctl show --property=SubState --value miniond").trimmed == "stop-sigterm"
    }

    /// Returns when systemd has started the agent again by itself, and it is ready.
    func isRestarted() async throws {
        try await eventually("systemd starts the agent again") {
            let state = try await run("systemctl show --property=NRestarts,ActiveState,SubState miniond | sort")
            return state == "ActiveState=active\nNRestarts=1\nSubState=running\n"
        }
    }
}
