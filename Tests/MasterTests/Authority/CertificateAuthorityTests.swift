import FoundationEssentials
import Glibc
import MasterKit
import NodeKit
import Synchronization
import Testing
import Wire

@testable import Master
@testable import minionctl

@Suite("The certificate authority")
struct CertificateAuthorityTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test(
        "names a holder in one way only",
        arguments: [
            ("yy2", true), ("172.16.213.140", true), ("node-1.example.org", true), ("", false), ("Node", false),
            ("a b", false), ("-a", false), ("a.", false), ("a/b", false), (String(repeating: "a", count: 254), false),
        ])
    func names(name: String, isValid: Bool) {
        let identity = ClusterIdentity(.node, name)
        #expect((identity != nil) == isValid)
        if let identity { #expect(ClusterIdentity(uri: identity.uri) == identity) }
    }

    @Test(
        "reads no identity from another URI",
        arguments: [
            "minion://nodes", "minion://nodes/", "minion://kings/a", "https://nodes/a", "minion://nodes/a/b", "",
        ])
    func strangers(uri: String) {
        #expect(ClusterIdentity(uri: uri) == nil)
    }

    @Test("gives a certificate its life, which begins five minutes early and never outlives the authority's")
    func lives() throws {
        let authority = try CertificateAuthority.make(now: now)
        let node = try authority.credentials(.node, "yy2", life: CertificateAuthority.memberLife, now: now)
        #expect(node.identity == ClusterIdentity(.node, "yy2"))
        #expect(node.notBefore == 1_800_000_000 - 300)
        #expect(node.notAfter == 1_800_000_000 + 90 * 86_400)
        let late = now.addingTimeInterval(3_640 * 86_400)
        let last = try authority.credentials(.node, "yy2", life: CertificateAuthority.memberLife, now: late)
        #expect(last.notAfter == 1_800_000_000 + 3_650 * 86_400)
    }

    @Test("has a certificate renewed at half of its life and warns when that did not happen")
    func due() throws {
        let node = try CertificateAuthority.make(now: now).credentials(.node, "yy2", life: .seconds(700), now: now)
        let begin = 1_800_000_000 - 300
        #expect(!node.isDue(at: begin + 499))
        #expect(node.isDue(at: begin + 500))
        #expect(!node.isDue(at: begin))
        #expect(node.isDue(at: begin - 1))
        #expect(node.warning(now: begin + 750) == nil)
        #expect(node.warning(now: begin + 751)?.contains("has not been renewed") == true)
        #expect(node.warning(now: begin + 1_000)?.contains("has ended on") == true)
    }

    @Test("signs what the owner of a key asks for, and nothing else")
    func requests() throws {
        let authority = try CertificateAuthority.make(now: now)
        let identity = try #require(ClusterIdentity(.node, "yy2"))
        for request in ["", "hello", authority.certificatePEM] {
            #expect(throws: AuthorityError.self) { try authority.sign(request: request, for: identity, now: now) }
        }
        let request = try NodeKey().request()
        #expect(try authority.sign(request: request, for: identity, now: now).contains("BEGIN CERTIFICATE"))
        let padded = request + String(repeating: "\n", count: CertificateAuthority.longestRequest)
        let tooLong = #expect(throws: AuthorityError.self) {
            try authority.sign(request: padded, for: identity, now: now)
        }
        #expect(tooLong?.message.contains("is longer than") == true)
    }

    @Test("signs nothing for who has not the key he shows")
    func possession() throws {
        let authority = try CertificateAuthority.make(now: now)
        let identity = try #require(ClusterIdentity(.node, "yy2"))
        let lines = try NodeKey().request().split(separator: "\n").map(String.init)
        var der = try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined()))
        // The end of the signature.
        der[der.count - 1] ^= 1
        let forged =
            ([
                lines[0], der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed]),
                lines[lines.count - 1],
            ]).joined(separator: "\n")
        let error = #expect(throws: AuthorityError.self) {
            try authority.sign(request: forged, for: identity, now: now)
        }
        #expect(error?.message.contains("not signed by its own key") == true, "\(error?.message ?? "")")
    }

    @Test("is made once, for its owner's eyes only, and is the same after a restart")
    func folder() throws {
        let data = try TestFolder()
        let folder = AuthorityFolder(dataFolder: data.path)
        #expect(try folder.load() == nil)
        let made = try folder.initialize(now: now)
        #expect(try folder.load()?.fingerprint == made.fingerprint)
        #expect(throws: AuthorityError.self) { try folder.initialize(now: now) }
        #expect(try folder.load()?.fingerprint == made.fingerprint)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(folder.path) == 0o700)
        #expect(try mode("\(folder.path)/ca.key") == 0o600)
    }

    @Test("is not taken from files that do not belong together")
    func mixed() throws {
        let (one, other) = (try CertificateAuthority.make(now: now), try CertificateAuthority.make(now: now))
        #expect(one.fingerprint != other.fingerprint)
        #expect(throws: AuthorityError.self) {
            try CertificateAuthority(certificatePEM: one.certificatePEM, keyPEM: other.keyPEM)
        }
    }

    @Test("makes the master's own certificate anew at half of its life")
    func master() throws {
        let authority = try CertificateAuthority.make(now: now)
        let identity = try MasterIdentity(authority, name: "m1", now: now) { ["localhost", "127.0.0.1"] }
        let first = identity.credentials.notAfter
        #expect(try !identity.renewIfDue(now: now.addingTimeInterval(86_400)))
        #expect(try identity.renewIfDue(now: now.addingTimeInterval(4 * 86_400)))
        #expect(identity.credentials.notAfter == first + 4 * 86_400)
    }

    @Test("makes the master's own certificate anew when the clock was set back, and when its addresses have changed")
    func surroundings() throws {
        let hosts = Mutex(["m1", "10.0.0.1"])
        let identity = try MasterIdentity(try CertificateAuthority.make(now: now), name: "m1", now: now) {
            hosts.withLock { $0 }
        }
        let before = now.addingTimeInterval(-3_600)
        #expect(try identity.renewIfDue(now: before))
        #expect(try !identity.renewIfDue(now: before))
        hosts.withLock { $0 = ["10.0.0.1", "m1"] }
        #expect(try !identity.renewIfDue(now: before))
        hosts.withLock { $0 = ["m1", "10.0.0.2"] }
        #expect(try identity.renewIfDue(now: before))
        #expect(try !identity.renewIfDue(now: before))
    }

    @Test("is not taken for missing when only its certificate is")
    func half() throws {
        let data = try TestFolder()
        let folder = AuthorityFolder(dataFolder: data.path)
        _ = try folder.initialize(now: now)
        try FileManager.default.removeItem(atPath: folder.certificate)
        let error = #expect(throws: AuthorityError.self) { try folder.load() }
        #expect(error?.code == .missing && error?.message.contains("ca.crt is missing") == true)
    }

    /// In a process of its own, which is another user afterwards, and could not remove a folder of root's.
    @Test("is written by root as the owner of the data folder, who cannot send it elsewhere")
    func owner() async {
        await #expect(processExitsWith: .success) {
            let data = try TestFolder()
            let elsewhere = try TestFolder()
            let nobody: uid_t = getuid() == 0 ? 65_534 : getuid()
            for folder in [data, elsewhere] { #expect(chown(folder.path, nobody, nobody) == 0) }
            #expect(chmod(elsewhere.path, 0o500) == 0)
            let folder = AuthorityFolder(dataFolder: data.path)
            try folder.becomeOwner()
            let authority = try folder.initialize(now: .now)
            #expect(getuid() == nobody && geteuid() == nobody)
            try FileManager.default.removeItem(atPath: folder.tokens)
            try FileManager.default.createSymbolicLink(atPath: folder.tokens, withDestinationPath: elsewhere.path)
            #expect(throws: AuthorityError.self) {
                guard let node = ClusterIdentity(.node, "yy2") else { return }
                _ = try JoinTokens(folder).make(for: node, life: .seconds(60), authority: authority, now: .now)
            }
        }
    }
}
