import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("A cluster with certificates")
    struct JoinStories {
        private static let master = "172.16.213.138"
        private static let node = "172.16.213.140"
        private static let pod = """
            {"id":"web","kind":"Pod","apiVersion":"v1beta1","labels":{"name":"web"},"desiredState":{"manifest":{
            "version":"v1beta1","id":"web","containers":[{"name":"web","image":"minion/demo-httpd"}]}}}
            """

        @Test("A node joins with a token, is pushed to over TLS, and renews under the master's open connection")
        func join() async throws {
            try await Fixture.run { fixture in
                let node = try await fixture.host(at: Self.node)
                try await node.makeDemoImage()
                try await node.install(.agent)
                let master = try await fixture.host(at: Self.master)
                try await master.install(.master)
                try await master.run("minion-master ca init")
                try await master.write(
                    "machines: [\(Self.node)]\naddress: \(Self.master)\n", to: "/etc/minion/master.yaml")
                try await master.run("systemctl restart minion-master")
                let line = try await master.run(
                    "minion-master ca issue \(Self.node) --master https://\(Self.master):8443"
                ).trimmed
                try #require(line.hasPrefix("minionctl join --master https://\(Self.master):8443 --token "))
                try await node.run(line)
                try #require(try await node.attempt(line).status.isSuccess == false)
                try #require(try await node.run("stat -c %a /etc/minion/pki /etc/minion/pki/node.pem") == "700\n600\n")

                let api = "KUBERNETES_MASTER=http://\(Self.master):8080 kubecfg"
                try await master.run("cat > pod.json && \(api) -c pod.json create pods", input: Self.pod)
                try await eventually("the pod runs", within: .seconds(90)) {
                    try await master.run("\(api) get pods/web").contains("Running")
                }
                let connection = "ss -Htn state established 'sport = :10250' | awk '{print $4}'"
                let before = try await node.run(connection)
                try #require(before.contains(Self.master))
                try await node.run("minionctl renew --force && miniond --check")
                try await eventually("the agent has the new certificate", within: .seconds(30)) {
                    try await node.journal("-u miniond").contains("new connections see the certificate of node")
                }
                try #require(try await node.run(connection) == before)

                let plain = try await node.run(
                    #"timeout 5 bash -c 'exec 3<>/dev/tcp/\#(Self.node)/10250; echo "{\"op\":\"ping\"}" >&3; cat <&3' || :"#
                )
                try #require(plain.contains("this port speaks TLS 1.3"))
                try #require(try await node.journal("-u miniond").contains("speaks without TLS"))
            }
        }
    }
}
