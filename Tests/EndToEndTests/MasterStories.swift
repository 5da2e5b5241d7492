import Machine
import NodeKit
import Testing

extension EndToEnd {
    @Suite("The master's package")
    struct MasterStories {
        private static let kept =
            #"{"id":"kept","kind":"Service","apiVersion":"v1beta1","port":80,"selector":{"name":"kept"}}"#

        @Test("After apt-get install the master runs as its own user, on loopback")
        func install() async throws {
            try await Fixture.run { fixture in
                let host = try await fixture.host()
                try await host.install(.master)

                try #require(try await host.run("systemctl is-enabled minion-master") == "enabled\n")
                try #require(try await host.run("systemctl --failed --no-legend") == "")
                let status = "systemctl show --property=StatusText --value minion-master"
                try #require(try await host.run(status) == "serving on 127.0.0.1:8080\n")
                try #require(try await host.run("ss -Hltn 'sport = :8080'").contains("127.0.0.1:8080"))
                try #require(try await host.run("stat -c %a:%U /var/lib/minion-master") == "700:minion-master\n")
                try #require(try await host.run("ps -o user:20= -C minion-master").trimmed == "minion-master")
                try #require(try await host.run("curl --silent --fail http://127.0.0.1:8080/healthz") == "ok")
                // Nothing that is worth a line is forbidden to the service.
                try #require(try await host.journal("-u minion-master -p warning") == "")
                let version = try await host.run("dpkg-query -W -f '${Version}' minion-master")
                try #require(try await host.run("minion-master --version").trimmed == "minion-master \(version)")
            }
        }

        @Test("An upgrade, a removal and a new install keep the cluster; a backup brings it back")
        func keeps() async throws {
            try await Fixture.run { fixture in
                let host = try await fixture.host()
                try await host.install(.master)
                try await host.run("kubecfg -c - create services", input: Self.kept)
                let package = try await Package.master.repacked(on: host, suffix: "+next")
                try await host.installCopied(package)
                try #require(try await host.services() == ["kept"])

                try await host.run("apt-get remove -y minion-master </dev/null")
                try await host.installCopied(package)
                try #require(try await host.services() == ["kept"])

                try await host.run("minion-master backup /root/cluster.backup && kubecfg delete services/kept")
                try #require(try await host.services() == [])
                try await host.run(
                    """
                    systemctl stop minion-master && mkdir /root/old && mv /var/lib/minion-master/cluster.db* /root/old/
                    install -o minion-master -g minion-master -m 600 /root/cluster.backup /var/lib/minion-master/cluster.db
                    systemctl start minion-master
                    """)
                try #require(try await host.services() == ["kept"])
            }
        }

        @Test("A purge leaves nothing of the one package, and everything of the other", arguments: [true, false])
        func purge(masterFirst: Bool) async throws {
            try await Fixture.run { fixture in
                let host = try await fixture.host()
                try await host.install(.agent)
                try await host.install(.master)
                let agents = [
                    "/etc/minion/manifests", "/etc/minion/miniond.yaml", "/etc/minion/pki", "/etc/minion/token",
                    "/var/lib/minion",
                ]
                let masters = ["/etc/minion/master-token", "/etc/minion/master.yaml", "/var/lib/minion-master"]
                try await host.run("touch /etc/minion/token /etc/minion/master-token")
                let list = "ls -d /etc/minion/* /var/lib/minion* 2>/dev/null | sort"
                try #require(try await host.run(list).lines == (agents + masters).sorted())

                let (first, second): (Package, Package) = masterFirst ? (.master, .agent) : (.agent, .master)
                try await host.run("apt-get purge -y \(first.rawValue) </dev/null", within: .seconds(120))
                try #require(try await host.run(list).lines == (masterFirst ? agents : masters).sorted())
                try #require(try await host.run("systemctl is-active \(second.unit)") == "active\n")
                try await host.run("apt-get purge -y \(second.rawValue) </dev/null", within: .seconds(120))
                try #require(try await host.run(list) == "")
                try #require(try await host.attempt("test -e /etc/minion").status.isSuccess == false)
            }
        }
    }
}

extension TestHost {
    /// The names of the services of this host's master.
    fileprivate func services() async throws -> [String] {
        try await run("kubecfg -template '{{range .items}}{{println .id}}{{end}}' list services").lines
    }
}
