import FoundationEssentials
import Logging
import Machine
import NodeKit
import Settings
import Testing
import Wire

@testable import Agent
@testable import Master

@Suite("The port masters come to")
struct MasterPortTests {
    /// A port whose certificate lies in a folder of the test.
    fileprivate struct Fixture: Sendable {
        let port: MasterPort
        let files: TLSFiles
        let link: LinkFixture
        let log: RecordingLog

        /// Writes a certificate as `minionctl join` does.
        func write(_ issued: CertificateAuthority.Issued, _ authority: CertificateAuthority) throws {
            try AtomicFile.write(Array(authority.certificatePEM.utf8), to: files.authority)
            try AtomicFile.write(Array((issued.certificate + issued.key).utf8), to: files.certificate)
        }

        /// What somebody with `credentials` is told; `nil` when he may speak.
        func complaint(_ credentials: TLSCredentials?) async throws -> String? {
            let number = try #require(await port.address?.port)
            do {
                let connection = try await LineClient.connect(
                    host: "127.0.0.1", port: number, tls: credentials.map { TLSDial($0, node: "yy2") })
                try await WireSession.with(connection, token: "secret") { try await $0.ping() }
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    private func run(
        hasToken: Bool = false, address: String? = "127.0.0.1", _ body: @Sendable (Fixture) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        defer { withExtendedLifetime(folder) {} }
        var flags = [
            "port": "0", "tlsCertificate": folder.path("node.pem"), "tlsAuthority": folder.path("ca.crt"),
        ]
        flags["address"] = address
        let config = try AgentConfig(SettingTable.agent.effective(file: "/dev/null", flags: flags))
        let log = RecordingLog()
        try await LinkFixture.run { link in
            let server = LineServer()
            let port = MasterPort(
                config, nodeName: "yy2", hasToken: hasToken, server: server, board: link.board, logger: log.logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await server.run { await MasterLink(connection: $0, context: link.context).run() }
                }
                try await body(Fixture(port: port, files: config.tls, link: link, log: log))
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    private func issued(
        _ authority: CertificateAuthority, to name: String = "yy2", life: Duration = .seconds(900), now: Date = .now
    ) throws -> CertificateAuthority.Issued {
        try authority.issue(to: try #require(ClusterIdentity(.node, name)), life: life, now: now)
    }

    @Test("opens when the node has joined, to masters and clients, and to nobody else")
    func join() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        try await run { fixture in
            try await fixture.port.open()
            #expect(await fixture.port.address == nil)
            try fixture.write(try issued(authority), authority)
            await fixture.port.look()
            #expect(try await fixture.complaint(authority.credentials(of: .master, "m1")) == nil)
            #expect(try await fixture.complaint(authority.credentials(of: .client, "alice")) == nil)
            let node = try await fixture.complaint(authority.credentials(of: .node, "yy3"))
            #expect(node?.contains("the certificate is of node yy3, which is no master") == true)
            #expect(fixture.link.board.problems.isEmpty)
        }
    }

    @Test("takes a new certificate for the next connection and keeps the old one where the new one is damaged")
    func renewal() async throws {
        let (authority, other) = (try CertificateAuthority.make(now: .now), try CertificateAuthority.make(now: .now))
        try await run { fixture in
            try fixture.write(try issued(authority), authority)
            try await fixture.port.open()
            let master = try authority.credentials(of: .master, "m1")
            #expect(try await fixture.complaint(master) == nil)
            try AtomicFile.write(Array("nonsense".utf8), to: fixture.files.certificate)
            await fixture.port.look()
            #expect(try await fixture.complaint(master) == nil)
            #expect(fixture.link.board.problems.map(\.name) == ["certificate"])
            try fixture.write(try issued(other), other)
            await fixture.port.look()
            #expect(fixture.link.board.problems.isEmpty)
            #expect(try await fixture.complaint(master)?.contains("another authority") == true)
            #expect(try await fixture.complaint(other.credentials(of: .master, "m1")) == nil)
        }
    }

    @Test("turns from plain to TLS with the next connection, and never back")
    func upgrade() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        try await run(hasToken: true) { fixture in
            try await fixture.port.open()
            #expect(try await fixture.complaint(nil) == nil)
            try fixture.write(try issued(authority), authority)
            await fixture.port.look()
            let master = try authority.credentials(of: .master, "m1")
            #expect(try await fixture.complaint(master) == nil)
            try FileManager.default.removeItem(atPath: fixture.files.certificate)
            await fixture.port.look()
            #expect(try await fixture.complaint(master) == nil)
        }
    }

    @Test("stays closed with a certificate that cannot be used, also where there is a token")
    func damaged() async throws {
        try await run(hasToken: true) { fixture in
            try AtomicFile.write(Array("nonsense".utf8), to: fixture.files.certificate)
            try await fixture.port.open()
            #expect(await fixture.port.address == nil)
            #expect(fixture.link.board.problems.map(\.name) == ["certificate"])
            #expect(fixture.log.messages(with: "cannot be used").count == 1)
            await fixture.port.look()
            #expect(fixture.log.messages(with: "cannot be used").count == 1)
        }
    }

    @Test("opens with the token once a certificate that cannot be used is gone")
    func damagedAndGone() async throws {
        try await run(hasToken: true) { fixture in
            try AtomicFile.write(Array("nonsense".utf8), to: fixture.files.certificate)
            try await fixture.port.open()
            try FileManager.default.removeItem(atPath: fixture.files.certificate)
            await fixture.port.look()
            #expect(fixture.link.board.problems.isEmpty)
            #expect(try await fixture.complaint(nil) == nil)
        }
    }

    @Test("complains no more when the certificate from before is back")
    func restored() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        try await run { fixture in
            let good = try issued(authority)
            try fixture.write(good, authority)
            try await fixture.port.open()
            try AtomicFile.write(Array("nonsense".utf8), to: fixture.files.certificate)
            await fixture.port.look()
            #expect(fixture.link.board.problems.map(\.name) == ["certificate"])
            try fixture.write(good, authority)
            await fixture.port.look()
            #expect(fixture.link.board.problems.isEmpty)
        }
    }

    @Test("keeps a certificate that works where the new one would not", arguments: [true, false])
    func unusable(isStrange: Bool) async throws {
        let (authority, other) = (try CertificateAuthority.make(now: .now), try CertificateAuthority.make(now: .now))
        try await run { fixture in
            try fixture.write(try issued(authority), authority)
            try await fixture.port.open()
            let bad = isStrange ? try issued(other) : try issued(authority, life: .seconds(1), now: .now - 3_600)
            try fixture.write(bad, authority)
            await fixture.port.look()
            #expect(try await fixture.complaint(authority.credentials(of: .master, "m1")) == nil)
            let problem = try #require(fixture.link.board.problems.first)
            #expect(problem.words.contains(isStrange ? "another authority" : "which expired on"))
        }
    }

    @Test(
        "serves with the certificate of another name, and says so",
        arguments: [("yy3", true), ("yy2.example.com", false), ("172.16.213.140", false), ("yy22", true)])
    func otherName(_ name: String, _ isProblem: Bool) async throws {
        let authority = try CertificateAuthority.make(now: .now)
        try await run { fixture in
            try fixture.write(try issued(authority, to: name), authority)
            try await fixture.port.open()
            #expect(await fixture.port.address != nil)
            #expect(fixture.link.board.problems.map(\.name) == (isProblem ? ["certificate-name"] : []))
        }
    }

    @Test("opens to all addresses with the certificate where nobody has said one, and open connections go on")
    func widened() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        try await run(hasToken: true, address: nil) { fixture in
            try await fixture.port.open()
            let number = try #require(await fixture.port.address?.port)
            #expect(await fixture.port.address == .tcp(address: "127.0.0.1", port: number))
            let old = try await LineClient.connect(host: "127.0.0.1", port: number)
            try await WireSession.with(old, token: "secret") { session in
                try await session.ping()
                try fixture.write(try issued(authority), authority)
                await fixture.port.look()
                #expect(await fixture.port.address == .tcp(address: "0.0.0.0", port: number))
                #expect(try await fixture.complaint(authority.credentials(of: .master, "m1")) == nil)
                try await session.ping()
            }
        }
    }

    @Test("says in time that a certificate ends")
    func ending() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        try await run { fixture in
            // 300 s of its life lie in the past.
            try fixture.write(try issued(authority, life: .seconds(60)), authority)
            try await fixture.port.open()
            #expect(fixture.link.board.problems.map(\.name) == ["certificate-life"])
        }
    }

    @Test("follows the folder by itself")
    func watched() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        try await run { fixture in
            try await fixture.port.open()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fixture.port.run() }
                try fixture.write(try issued(authority), authority)
                try await eventually("the port opens", within: .seconds(10)) { await fixture.port.address != nil }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
        }
    }
}
