import AsyncHTTPClient
import Daemon
import FoundationEssentials
import Glibc
import Logging
import Machine
import MasterKit
import NodeKit
import ServiceLifecycle
import Settings
import Testing
import Wire

@testable import Master

@Suite("Joining a cluster")
struct EnrolmentTests {
    /// A master's secure port with an authority of its own, and the command-line tool of a node.
    fileprivate struct Fixture: Sendable {
        let folder: AuthorityFolder
        let authority: CertificateAuthority
        let tokens: TokenLedger
        let url: String
        let pki: String
        /// What the API's bodies take from.
        let apiBudget: BodyBudget

        func token(life: Duration = .seconds(60)) throws -> String {
            let node = try #require(ClusterIdentity(.node, "yy2"))
            return try JoinTokens(folder).make(for: node, life: life, authority: authority, now: .now)
        }

        func files() throws -> (certificate: String, authority: String) {
            (
                try String(decoding: #require(FileManager.default.contents(atPath: "\(pki)/node.pem")), as: UTF8.self),
                try String(decoding: #require(FileManager.default.contents(atPath: "\(pki)/ca.crt")), as: UTF8.self)
            )
        }

        func credentials() throws -> TLSCredentials {
            let (pem, authority) = try files()
            return try TLSCredentials(
                certificate: Array(pem.utf8), key: Array(pem.utf8), authority: Array(authority.utf8))
        }

        /// Runs `minionctl` and gives back what it prints, or `nil` and what it complains of.
        func minionctl(
            _ arguments: String..., folder: String = "--pki-dir"
        ) async throws -> (output: String?, complaint: String) {
            let program = try builtProgram("minionctl")
            let result = try await CommandRunner().run(Command(program, arguments + [folder, pki]))
            return (result.status.isSuccess ? result.outputText : nil, result.errorText)
        }
    }

    private func run(_ body: @Sendable (Fixture) async throws -> Void) async throws {
        let data = try TestFolder()
        let folder = AuthorityFolder(dataFolder: data.path)
        let authority = try folder.initialize(now: .now)
        let identity = try MasterIdentity(authority, name: "m1", now: .now) { ["127.0.0.1"] }
        let store = try SQLiteStore(folder: data.path)
        var loader = ConfigLoader(.master)
        for (key, value) in ["dataDir": data.path, "securePort": "0", "secureAddress": "127.0.0.1"] {
            loader.take(flag: try #require(SettingTable.master.named(key)), value: value)
        }
        let config = try MasterConfig(loader.effective())
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await HTTPClient.withHTTPClient(configuration: MasterNode.clientConfiguration) { client in
            let parts = MasterParts(
                config: config, store: store, client: client, identity: identity,
                time: MonotonicTime(ContinuousClock()), logger: logger)
            let (ports, listening) = AsyncStream<Int>.makeStream()
            let responder = parts.responder(try parts.pusher())
            let services = parts.secureServices(identity, responder) { listening.yield($0) }
            let group = ServiceGroup(
                services: [Loop("mirror") { await parts.mirror.run() }] + services, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    defer { listening.finish() }
                    try await group.run()
                }
                var iterator = ports.makeAsyncIterator()
                if let port = await iterator.next() {
                    try await body(
                        Fixture(
                            folder: folder, authority: authority,
                            tokens: TokenLedger(
                                store: store, authority: authority, issued: JoinTokens(folder), logger: logger),
                            url: "https://127.0.0.1:\(port)",
                            pki: "\(data.path)/pki", apiBudget: responder.budget))
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
        try store.close()
        withExtendedLifetime(data) {}
    }

    @Test("a node joins with a token, once, and renews by itself")
    func story() async throws {
        try await run { fixture in
            let token = try fixture.token()
            let joined = try await fixture.minionctl("join", "--master", fixture.url, "--token", token)
            #expect(joined.output?.contains("joined       as node yy2, until ") == true, "\(joined.complaint)")
            let first = try fixture.credentials()
            #expect(first.identity == ClusterIdentity(.node, "yy2"))
            try await first.check()
            let again = try await fixture.minionctl("join", "--master", fixture.url, "--token", token)
            #expect(again.output == nil && again.complaint.contains("wrong, used or too old"))
            let early = try await fixture.minionctl("renew")
            #expect(early.output?.hasPrefix("not due") == true)
            let before = try fixture.files().certificate.split(separator: "-----BEGIN PRIVATE KEY-----")
            let renewed = try await fixture.minionctl("renew", "--force")
            #expect(renewed.output?.hasPrefix("renewed") == true, "\(renewed.complaint)")
            // Certificate and key were both made anew.
            let after = try fixture.files().certificate.split(separator: "-----BEGIN PRIVATE KEY-----")
            #expect(before.count == 2 && after.count == 2)
            #expect(before.first != after.first && before.last != after.last)
            try await fixture.credentials().check()
        }
    }

    @Test("a node trusts no other master than the token's")
    func pinned() async throws {
        try await run { fixture in
            let other = try CertificateAuthority.make(now: .now)
            let token = try fixture.token()
            let forged = token.split(separator: ".").dropLast().joined(separator: ".") + "." + other.fingerprint
            let answer = try await fixture.minionctl("join", "--master", fixture.url, "--token", forged)
            #expect(answer.output == nil && answer.complaint.contains("is not the master this token is from"))
            // It was never sent, so it still counts.
            #expect(try await fixture.tokens.redeem(token, now: .now) != nil)
        }
    }

    @Test("a token for another name is refused by who says his own", arguments: ["yy2", "yy3"])
    func name(_ name: String) async throws {
        try await run { fixture in
            let answer = try await fixture.minionctl(
                "join", "--master", fixture.url, "--token", try fixture.token(), "--name", name)
            #expect((answer.output != nil) == (name == "yy2"))
        }
    }

    /// What the secure port answers to whom.
    struct Access: Sendable {
        var path: String
        var role: ClusterIdentity.Role?
        var status: Int
        /// Sent with POST; without it GET is asked.
        var body: Int?
    }

    @Test(
        "the secure port serves the API to masters and clients only",
        arguments: [
            Access(path: "/api/v1beta1/pods", role: nil, status: 401),
            Access(path: "/api/v1beta1/pods", role: .node, status: 403),
            Access(path: "/api/v1beta1/pods", role: .client, status: 200),
            Access(path: "/api/v1beta1/pods", role: .master, status: 200),
            Access(path: "/v1/authority", role: nil, status: 200),
            Access(path: "/v1/authority", role: nil, status: 405, body: 10),
            Access(path: "/v1/join", role: nil, status: 405),
            Access(path: "/v1/join", role: nil, status: 400, body: RESTLimits.enrolmentBytes),
            Access(path: "/v1/join", role: nil, status: 413, body: RESTLimits.enrolmentBytes + 1),
            // Who may not renew is told so before anybody looks at what he sends.
            Access(path: "/v1/renew", role: nil, status: 401, body: RESTLimits.enrolmentBytes + 1),
            Access(path: "/v1/renew", role: .master, status: 403, body: RESTLimits.enrolmentBytes + 1),
            Access(path: "/v1/renew", role: .node, status: 413, body: RESTLimits.enrolmentBytes + 1),
        ])
    func access(_ access: Access) async throws {
        try await run { fixture in
            let status = try await fixture.status(access.path, as: access.role, body: access.body)
            #expect(status == access.status)
        }
    }

    @Test("who has shown too many wrong tokens is told so before his body is read")
    func barred() async throws {
        try await run { fixture in
            let token = "000000000000.00.\(fixture.authority.fingerprint)"
            for _ in 1...JoinAttempts.perAddress {
                let answer = try await fixture.minionctl("join", "--master", fixture.url, "--token", token)
                #expect(answer.complaint.contains("wrong, used or too old"))
            }
            #expect(try await fixture.status("/v1/join", as: nil, body: RESTLimits.enrolmentBytes + 1) == 429)
        }
    }

    @Test("nodes join also while the bodies of the API take all they may")
    func budgets() async throws {
        try await run { fixture in
            let share = BodyBudget.Share(of: fixture.apiBudget)
            try share.take(RESTLimits.bodiesBytes)
            #expect(try await fixture.status("/v1/join", as: nil, body: 10) == 400)
            withExtendedLifetime(share) {}
        }
    }

    @Test("minionctl reaches the API there with the files of a client")
    func client() async throws {
        try await run { fixture in
            #expect(try await fixture.status("/api/v1beta1/pods", as: .client) == 200)
            let answer = try await fixture.minionctl("get", "pods", "--master", fixture.url, folder: "--tls-dir")
            #expect(answer.output != nil, "\(answer.complaint)")
        }
    }
}

extension EnrolmentTests.Fixture {
    /// The HTTP status of a request with a certificate of `role`, or without one; a POST of `body` bytes where it is given.
    fileprivate func status(
        _ path: String, as role: ClusterIdentity.Role?, body: Int? = nil
    ) async throws -> Int {
        var arguments = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
        try FileManager.default.createDirectory(atPath: pki, withIntermediateDirectories: true)
        try AtomicFile.write(Array(authority.certificatePEM.utf8), to: "\(pki)/ca.crt")
        arguments += ["--cacert", "\(pki)/ca.crt"]
        if let role, let identity = ClusterIdentity(role, "x1") {
            let issued = try authority.issue(to: identity, now: .now)
            try AtomicFile.write(Array((issued.certificate + issued.key).utf8), to: "\(pki)/node.pem")
            arguments += ["--cert", "\(pki)/node.pem"]
        }
        if let body {
            try AtomicFile.write(Array(repeating: UInt8(ascii: "x"), count: body), to: "\(pki)/body")
            arguments += ["--data-binary", "@\(pki)/body"]
        }
        let result = try await CommandRunner().run(Command("curl", arguments + [url + path]))
        return Int(result.outputText) ?? 0
    }
}
