import Glibc
import Machine
import NodeKit

/// The .debs the stories install, by their names.
enum Package: String {
    case agent = "minion-agent"
    case master = "minion-master"

    /// Where a host keeps the one it installed last.
    var copied: String { "/root/\(rawValue).deb" }

    /// The service it starts.
    var unit: String {
        switch self {
        case .agent: "miniond"
        case .master: "minion-master"
        }
    }

    private var variable: String {
        switch self {
        case .agent: "MINION_DEB"
        case .master: "MINION_MASTER_DEB"
        }
    }

    /// Path of the package `make deb` built, given by `MINION_DEB` and `MINION_MASTER_DEB`. Its absence is a failure, not a
    /// reason to skip.
    func underTest() throws -> String {
        guard let path = getenv(variable).map({ String(cString: $0) }), access(path, R_OK) == 0 else {
            throw HostError(
                description: "set \(variable) to the package under test (make deb builds it; make test does both)")
        }
        return path
    }

    /// The same package once more, with `suffix` added to its version: a later build of the same sources.
    func repacked(on host: TestHost, suffix: String) async throws -> String {
        let path = "/root/\(rawValue)\(suffix).deb"
        try await host.run(
            """
            rm -rf /root/repack && dpkg-deb --raw-extract \(copied) /root/repack &&
            sed -i 's/^Version: .*/&\(suffix)/' /root/repack/DEBIAN/control &&
            dpkg-deb --root-owner-group -Znone --build /root/repack \(path)
            """)
        return path
    }
}

extension TestHost {
    /// Installs a package under test, and leaves it at `copied`.
    func install(_ package: Package) async throws {
        try await copy(package.underTest(), to: package.copied)
        try await installCopied(package.copied)
    }

    /// Installs or upgrades to a .deb that is on the host already.
    func installCopied(_ path: String) async throws {
        try await run("DEBIAN_FRONTEND=noninteractive apt-get install -y \(path) </dev/null", within: .seconds(120))
    }

    /// Installs the agent, and lets it serve the host's address with a token, as a node of a cluster.
    /// - Parameter name: the node's name; the host's where there is none.
    func becomeNode(name: String = "") async throws {
        try await install(.agent)
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
                hostnameOverride: \(name)

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
