import ClusterModel
import FoundationEssentials
import MasterKit
import NIOHTTP1
import NodeKit
import Testing
import Wire

@testable import Master

/// Two masters of one store, of which the one that does not lead passes requests on over TLS.
@Suite("Forwarding over TLS")
struct SecureForwardingTests {
    /// What is not as it should be, and what the follower says then.
    enum Wrong: String, CaseIterable, Sendable {
        case nothing, strangeLeader, expiredLeader, otherHost, plainLeader, followerWithout

        var words: String {
            switch self {
            case .nothing: ""
            case .strangeLeader, .expiredLeader:
                "showed a certificate of another authority, or one that is not valid now"
            case .otherHost: "showed a certificate that does not name this host"
            case .plainLeader: "does not speak TLS"
            case .followerWithout: "this one has no certificate authority: copy the folder ca"
            }
        }
    }

    private static let service = #"{"id":"web","port":80,"selector":{"name":"web"}}"#
    private let authority: CertificateAuthority
    private let other: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority.make(now: .now)
        other = try CertificateAuthority.make(now: .now)
    }

    private func leader(_ wrong: Wrong) throws -> MasterIdentity {
        let isExpired = wrong == .expiredLeader
        return try MasterIdentity(
            wrong == .strangeLeader ? other : authority, name: "m1",
            now: isExpired ? .now - 2 * MasterIdentity.life.timeInterval : .now
        ) { wrong == .otherHost ? ["192.0.2.1"] : ["127.0.0.1"] }
    }

    private func isOpen(_ port: Int) -> Bool {
        do { _ = try RawClient(port: port) } catch { return false }
        return true
    }

    @Test(
        "takes place where the leader shows a certificate of the cluster, and else says why not",
        arguments: Wrong.allCases)
    func forwards(_ wrong: Wrong) async throws {
        let folder = try TestFolder()
        let store = MemoryStore()
        let port = try #require(try freePorts(1).first)
        let flags = ["dataDir": folder.path, "secureAddress": "127.0.0.1", "securePort": "\(port)"]
        let follower =
            wrong == .followerWithout
            ? nil : try MasterIdentity(authority, name: "m2", now: .now) { ["127.0.0.1"] }
        try await MasterUnderTest.withClient { client in
            try await MasterUnderTest.run(flags, on: store, client, identity: try leader(wrong)) { leader in
                try await eventually("the secure port") { isOpen(Int(port)) }
                let plainPort = String(leader.url.split(separator: ":").last ?? "")
                let url = "https://127.0.0.1:\(wrong == .plainLeader ? plainPort : String(port))"
                try await MasterUnderTest.run(
                    ["dataDir": folder.path, "secureAddress": "127.0.0.1", "securePort": "0"], on: store, client,
                    identity: follower, leader: { .there(url) }
                ) { follower in
                    let answer = try await follower.ask("POST", "/api/v1beta1/services?sync=true", Self.service)
                    #expect(answer.status == (wrong == .nothing ? 200 : 503), "\(answer.body)")
                    #expect(answer.body.contains(wrong.words))
                    let made = try await store.list("services", namespace: nil).entries.count
                    #expect(made == (wrong == .nothing ? 1 : 0))
                    #expect((answer.headers.first(name: "retry-after") != nil) == (wrong != .nothing))
                }
            }
        }
        withExtendedLifetime(folder) {}
    }

    @Test("needs an authority at the start, and a certificate that names the host of the URL")
    func start() throws {
        let folder = try TestFolder()
        let config = try MasterUnderTest.config(["dataDir": folder.path, "advertiseUrl": "https://m1.example:8443"])
        #expect(config.advertisedHosts == ["m1.example"])
        #expect(try MasterUnderTest.config([:]).advertisedHosts.isEmpty)
        #expect {
            try MasterIdentity.load(config)
        } throws: { error in
            (error as? MasterStartError)?.code == .authority && "\(error)".contains("minion-master ca init")
        }
        _ = try AuthorityFolder(dataFolder: folder.path).initialize(now: .now)
        #expect(try MasterIdentity.load(config) != nil)
    }
}
