import Glibc
import Machine
import NodeKit

/// The .deb the stories install.
enum Package {
    /// Path of the package `make deb` built, given by `MINION_DEB`. Its absence is a failure, not a reason to skip.
    static func underTest() throws -> String {
        guard let path = getenv("MINION_DEB").map({ String(cString: $0) }), access(path, R_OK) == 0 else {
            throw HostError(
                description: "set MINION_DEB to the package under test (make deb builds it; make test does both)")
        }
        return path
    }

    /// The same package once more, with `suffix` added to its version: a later build of the same sources.
    static func repacked(on host: TestHost, suffix: String) async throws -> String {
        let path = "/root/minion-agent\(suffix).deb"
        try await host.run(
            """
            rm -rf /root/repack && dpkg-deb --raw-extract /root/minion-agent.deb /root/repack &&
            sed -i 's/^Version: .*/&\(suffix)/' /root/repack/DEBIAN/control &&
            dpkg-deb --root-owner-group -Znone --build /root/repack \(path)
            """)
        return path
    }
}

extension TestHost {
    /// Installs a .deb of this machine, and leaves it at /root/minion-agent.deb.
    func install(_ package: String) async throws {
        try await copy(package, to: "/root/minion-agent.deb")
        try await installCopied("/root/minion-agent.deb")
    }

    /// Installs or upgrades to a .deb that is on the host already.
    func installCopied(_ path: String) async throws {
        try await run("DEBIAN_FRONTEND=noninteractive apt-get install -y \(path) </dev/null", within: .seconds(120))
    }

    /// Installs the package under test, and lets the agent serve the host's address with a token, as a node of a cluster.
    func becomeNode() async throws {
        try await install(Package.underTest())
        try await write(TestHost.token + "\n", to: "/etc/minion/token", mode: "0600")
        try await run(
            """
            cat >> /etc/minion/miniond.yaml && systemctl restart miniond
            """,
            input: """
                address: \(address)
                tokenFile: /etc/minion/token
                insecurePlaintext: true
                portalNet: 10.11.0.0/16

                """)
    }

    /// The token of every node of every story.
    static let token = "s3cret-of-the-stories"

    /// Loads minion/demo-httpd into the host's engine: no registry is reachable from there.
    func makeDemoImage() async throws {
        try await copy(Harness.repository + "/scripts/demo-image", to: "/root/demo-image")
        try await run("/root/demo-image")
    }
}
