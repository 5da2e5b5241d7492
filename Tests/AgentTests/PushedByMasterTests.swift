import ClusterModel
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

    private func link(to port: Int, _ catalog: PushCatalog, term: UInt64) -> MinionLink {
        var settings = PushSettings(token: "secret")
        settings.firstRetry = .milliseconds(2)
        settings.lastRetry = .milliseconds(2)
        let context = PushContext(
            catalog: catalog, observer: NoObserver(), settings: settings, master: "a", term: term,
            dial: Pusher.dialPlainly, storeRevision: { () async throws(StoreError) in 0 }, outrank: { _ in },
            time: MonotonicTime(ContinuousClock()), chance: { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return MinionLink(minion: "yy2", address: MinionAddress(host: "127.0.0.1", port: port), context: context)
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
            // Ends by itself.
            await old.run()
            #expect(old.standing(of: api)?.phase == .waiting)
        }
    }
}
