import ClusterModel
import FoundationEssentials
import Logging
import Machine
import NodeKit
import Testing
import Wire

@testable import Agent
@testable import Master

/// Drops what is reported.
private struct NoObserver: MinionObserver {
    func report(podStates: [ObjectRef: PodState]) async {}
    func report(gone pod: ObjectRef, from minion: String) async {}
    func report(_ condition: MinionCondition, of minion: String) async {}
}

@Suite("An agent that a master pushes to")
struct PushedByMasterTests {
    private func service(_ name: String, version: UInt64) -> APIObject {
        .service(
            Service(
                meta: ObjectMeta(name: name, resourceVersion: version), port: 80, selector: ["name": name],
                portalIP: "10.11.0.9"))
    }

    private func link(
        to port: Int, _ catalog: PushCatalog, term: UInt64, token: String? = "secret",
        dial: @escaping Pusher.Dial = Pusher.dialPlainly
    ) -> MinionLink {
        var settings = PushSettings(token: token)
        settings.firstRetry = .milliseconds(2)
        settings.lastRetry = .milliseconds(2)
        let context = PushContext(
            catalog: catalog, observer: NoObserver(), settings: settings, master: "a", term: term,
            dial: dial, storeRevision: { () async throws(StoreError) in 0 }, outrank: { _ in },
            time: MonotonicTime(ContinuousClock()), chance: { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return MinionLink(
            minion: "yy2", address: MinionAddress(minion: "yy2", host: "127.0.0.1", port: port), context: context)
    }

    private func run(_ link: MinionLink, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await link.run() }
            do { try await body() } catch {
                link.stop()
                throw error
            }
            link.stop()
            try await group.waitForAll()
        }
    }

    @Test("stores the full set and what changes, fences older leaders, and is believed only what it converged to")
    func story() async throws {
        try await LinkFixture.run { fixture in
            let catalog = PushCatalog(settings: PushSettings())
            let web = ObjectKey(kind: .service, name: "web")
            let api = ObjectKey(kind: .service, name: "api")
            _ = catalog.apply([.put(service("web", version: 5))], revision: 6)
            let link = link(to: fixture.port, catalog, term: 3)
            try await run(link) {
                try await eventually("stored") { fixture.board.entry(web)?.wanted?.resourceVersion == 5 }
                try await eventually("received") { link.standing(of: web)?.phase == .received }
                await fixture.converge(web)
                try await eventually("applied") { link.standing(of: web)?.phase == .applied }
                _ = catalog.apply([.put(service("api", version: 7))], revision: 7)
                link.ring()
                try await eventually("the change") { fixture.board.entry(api)?.wanted?.resourceVersion == 7 }
                await fixture.converge(api, .failed(reason: "PortInUse", message: "busy", retryIn: nil))
                try await eventually("failed") {
                    link.standing(of: api)?.phase == .failed(reason: "PortInUse", message: "busy", retryIn: nil)
                }
                _ = catalog.apply([.removed(last: service("web", version: 5), revision: 8)], revision: 8)
                link.ring()
                try await eventually("the removal") { fixture.board.entry(web)?.wanted == nil }
            }
            let standing = await fixture.store.standing()
            #expect(standing.leadership?.term == 3)
            #expect(standing.versions[.master] == 8)
            let old = self.link(to: fixture.port, catalog, term: 2)
            try await run(old) {
                try await eventually("the older leader is refused") {
                    guard case .lost(let reason)? = old.standing(of: api)?.connection else { return false }
                    return reason.contains("term")
                }
            }
            #expect(old.standing(of: api)?.phase == .waiting)
            #expect(await fixture.store.standing().leadership?.term == 3)
        }
    }

    @Test("takes over TLS what a master with a certificate pushes, without a token")
    func overTLS() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        let node = try authority.credentials(of: .node, "yy2")
        let master = try MasterIdentity(authority, name: "m1", now: .now) { [] }
        try await LinkFixture.run(door: TLSDoor(node) { _, _ in }) { fixture in
            let catalog = PushCatalog(settings: PushSettings())
            let web = ObjectKey(kind: .service, name: "web")
            _ = catalog.apply([.put(service("web", version: 5))], revision: 6)
            let link = link(to: fixture.port, catalog, term: 3, token: nil, dial: master.dial)
            try await run(link) {
                try await eventually("stored") { fixture.board.entry(web)?.wanted?.resourceVersion == 5 }
            }
        }
    }

    @Test("a master says whose certificate it met instead of the minion's")
    func wrongNode() async throws {
        let authority = try CertificateAuthority.make(now: .now)
        let master = try MasterIdentity(authority, name: "m1", now: .now) { [] }
        let other = try authority.credentials(of: .node, "yy3")
        try await LinkFixture.run(door: TLSDoor(other) { _, _ in }) { fixture in
            let catalog = PushCatalog(settings: PushSettings())
            _ = catalog.apply([.put(service("web", version: 5))], revision: 6)
            let link = link(to: fixture.port, catalog, term: 3, token: nil, dial: master.dial)
            try await run(link) {
                try await eventually("the reason") {
                    guard
                        case .lost(let reason)? = link.standing(of: ObjectKey(kind: .service, name: "web"))?.connection
                    else { return false }
                    return reason.contains("showed the certificate of node yy3, not of node yy2")
                }
            }
        }
    }
}

extension CertificateAuthority {
    /// Credentials that this authority has made now, for somebody who trusts it.
    func credentials(of role: ClusterIdentity.Role, _ name: String) throws -> TLSCredentials {
        guard let identity = ClusterIdentity(role, name) else { throw AuthorityError(.name, name) }
        let issued = try issue(to: identity, now: .now)
        return try TLSCredentials(
            certificate: Array(issued.certificate.utf8), key: Array(issued.key.utf8),
            authority: Array(certificatePEM.utf8))
    }
}
