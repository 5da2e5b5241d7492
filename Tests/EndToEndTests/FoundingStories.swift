import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("The founding story")
    struct FoundingStories {
        @Test("A pushed service answers on its portal address: from the host, a container, and another machine")
        func portal() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.tellFoundingStory()

                let rules = try await node.portalRules()
                try #require(rules.count == 1 && Founding.isRule(rules[0]), "\(rules)")
                let references = try await node.portalReferences()
                try #require(references.count == 2, "\(references)")
                let chain = try await node.run("iptables -t nat -nL KUBE-PROXY")
                try #require(chain.hasPrefix("Chain KUBE-PROXY (2 references)"))
                let port = rules[0].split(separator: " ").last ?? ""
                try #require(try await node.run("ss -Hltnp 'sport = :\(port)'").contains("miniond"))

                let page = "hello from apache-1"
                try #require(try await node.askPortal().contains(page))
                let fromContainer = try await node.run(
                    "docker run --rm --entrypoint /bin/wget minion/demo-httpd -q -O - http://\(Founding.portal)/")
                try #require(fromContainer.contains(page))
                let fromOutside = try await fixture.harness.outside(
                    """
                    ip route replace 10.11.0.0/16 via \(node.address)
                    curl --silent --fail --max-time 10 http://\(Founding.portal)/
                    """)
                try #require(fromOutside.contains(page))
            }
        }

        @Test("A person types the story into the TCP port: hello, ready, received, applied")
        func typed() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                for object in [Founding.podLine, Founding.serviceLine] {
                    let apply = #"{"op":"apply","id":7,"object":\#(object)}"#
                    let answers = try await node.say([TestHost.authLine, apply], until: #""phase":"applied""#)
                    try #require(answers[0].contains(#""type":"hello","protocol":1,"auth":["token"]"#))
                    try #require(answers[1].contains(#""type":"ready""#))
                    try #require(answers[2].contains(#""type":"ack","id":7,"phase":"received""#), "\(answers)")
                    // Once more: what is there already is acked as well.
                    _ = try await node.say([TestHost.authLine, apply], until: #""phase":"applied""#)
                }
                try #require(try await node.askPortal().contains("hello from apache-1"))
            }
        }

        @Test("A wrong token is turned away, and the journal says from where")
        func wrongToken() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                let answers = try await node.say([#"{"op":"auth","token":"guess"}"#], until: "401")
                try #require(answers.contains { $0.contains(#""type":"ready""#) } == false)
                let refusals = try await node.journal("MESSAGE_ID=\(JournalEvent.masterRefused.messageID) -o cat")
                try #require(refusals.contains("172.16.213.1"))
            }
        }

        @Test("One of the pods may be on another node")
        func anotherNode() async throws {
            try await Fixture.run { fixture in
                let near = try await fixture.node()
                let far = try await fixture.node()
                try await far.run(
                    """
                    sed 's/"containerPort": 80/&, "hostPort": 8080/; s/apache-1/apache-2/' \(Founding.podFile) |
                    minionctl apply -f -
                    """)
                try await near.run("minionctl apply -f \(Founding.serviceFile)")
                try await near.run(
                    "minionctl apply -f -",
                    input: #"""
                        {"id":"apache-service","kind":"Endpoints","apiVersion":"v1beta1",
                         "endpoints":["\#(far.address):8080"]}
                        """#)
                try #require(try await near.askPortal().contains("hello from apache-2"))
                // And a third machine, which runs no agent, needs only a route to the portal net.
                let third = try await fixture.host()
                try await third.run("ip route add 10.11.0.0/16 via \(near.address)")
                try #require(try await third.askPortal().contains("hello from apache-2"))
            }
        }

        @Test("The journal shows a pod's own lines beside the agent's, and explains them")
        func journal() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.node()
                try await node.tellFoundingStory()
                _ = try await node.askPortal()

                let lines = try await node.journal("MINION_POD=apache-1 -o cat")
                try #require(lines.contains("serving port 80"), "the container's line")
                let fields = try await node.journal("MESSAGE_ID=\(JournalEvent.podStarted.messageID) -o json -n 1")
                for field in ["MINION_POD", "MINION_NAMESPACE", "MINION_SOURCE", "PRIORITY", "CODE_FILE"] {
                    try #require(fields.contains("\"\(field)\""), "\(field) in \(fields)")
                }
                let service = try await node.journal("MINION_SERVICE=apache-service --catalog")
                try #require(service.contains("Service apache-service is reachable"), "the catalogue's subject")
                try #require(service.contains("man:miniond(8)"))
            }
        }
    }
}
