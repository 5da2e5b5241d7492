import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("Reboot and power cut")
    struct PowerStories {
        @Test("After a reboot the node comes back as it was")
        func reboot() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.tellFoundingStory()
                try await node.reboot()
                try await node.answersAgain()
                let rules = try await node.portalRules()
                try #require(rules.count == 1 && Founding.isRule(rules[0]), "\(rules)")
                try #require(try await node.containers().count == 2, "pause and httpd")
                // The service is older than the container that the boot made, so the container was told of it.
                let variables = try await node.environment(of: "apache-1", container: "httpd")
                try #require(variables.contains("APACHE_SERVICE_SERVICE_HOST=10.11.0.1"), "\(variables)")
            }
        }

        @Test(
            "What was acked as received survives the sudden end of every process, even when nothing of it was done yet")
        func powerCut() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                _ = try await node.say(
                    [
                        TestHost.authLine, #"{"op":"begin"}"#, Founding.podLine, Founding.serviceLine,
                        #"{"op":"commit","id":1}"#,
                    ],
                    until: #""phase":"received""#)
                try await node.cutPower()
                try await node.boot()
                try await node.answersAgain()
            }
        }
    }
}

extension TestHost {
    /// Returns when the founding service answers, with a page that contains `page`: after a boot the pod has to be started
    /// first.
    func answersAgain(from page: String = "hello from apache-1") async throws {
        try await eventually("the founding service answers again on \(address)") {
            let answer = try await attempt("curl --silent --fail --max-time 5 http://\(Founding.portal)/")
            return answer.outputText.contains(page)
        }
    }
}
