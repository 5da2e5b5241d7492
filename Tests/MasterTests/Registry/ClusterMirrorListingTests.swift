import ClusterModel
import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

// Whoever waits for a change that does not come waits for ever.
@Suite("How the mirror lists a store anew", .timeLimit(.minutes(1)))
struct ClusterMirrorListingTests {
    @Test("when the store is put back to an earlier state everything begins anew, and feeds end")
    func putBack() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("a")
        let earlier = try await fixture.store.list("services", namespace: nil)
        try await fixture.createService("b")
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        _ = await feed.take()
        fixture.store.putBack(earlier.entries, revision: earlier.revision)
        try await eventually("the feed's end") {
            fixture.mirrorClock.advance(by: ClusterMirror.lastRetry)
            return feed.isClosed
        }
        try await fixture.settled()
        #expect(await fixture.mirror.objects(.service).map(\.meta.name) == ["a"])
        #expect(await fixture.mirror.revision == earlier.revision)
    }

    @Test("when changes were missed everything is listed again, and the difference is told")
    func relisting() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("a")
        try await fixture.createService("b")
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        _ = await feed.take()
        fixture.store.cutWatches(.gone)
        try await eventually("the mirror waits") { fixture.mirrorClock.sleeperCount == 1 }
        try await fixture.registry.delete(.services, namespace: "default", name: "a")
        try await fixture.createService("c")
        fixture.store.forget(through: 4)
        fixture.mirrorClock.advance(by: ClusterMirror.firstRetry)
        try await fixture.settled()
        #expect(words(await feed.take()) == ["put Service default/c", "removed Service default/a"])
    }

    @Test("of a listing that fails half way nobody is told, and then all at once")
    func halfListing() async throws {
        let fixture = try RegistryFixture()
        try await fixture.create(.pods, #"{"id":"p","desiredState":{"manifest":{"version":"v1beta1"}}}"#)
        try await fixture.createService("web")
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        _ = await feed.take()
        let known = await fixture.mirror.revision
        fixture.store.cutWatches(.gone)
        try await eventually("the mirror waits") { fixture.mirrorClock.sleeperCount == 1 }
        try await fixture.registry.delete(.pods, namespace: "default", name: "p")
        try await fixture.registry.delete(.services, namespace: "default", name: "web")
        fixture.store.forget(through: try await fixture.store.revision())
        // Pods are listed, services are not.
        fixture.store.failReadings(nil, .unavailable)
        fixture.mirrorClock.advance(by: ClusterMirror.firstRetry)
        try await eventually("the mirror waits again") { fixture.mirrorClock.sleeperCount == 1 }
        #expect(await fixture.mirror.revision == known)
        #expect(await fixture.mirror.count(.pod) == 1)
        fixture.mirrorClock.advance(by: ClusterMirror.lastRetry)
        try await fixture.settled()
        #expect(words(await feed.take()) == ["removed Pod default/p", "removed Service default/web"])
    }

    @Test("a store that is put back before it was read whole begins anew too, and feeds end")
    func putBackMeanwhile() async throws {
        let (store, clock, log) = (MemoryStore(), ManualClock(), RecordingLog())
        let service = makeService("web", version: 0)
        try await store.commit(StoreTransaction(changes: [.put(service.ref.storeKey, service.document)]))
        // Pods and services are listed, endpoints are not.
        store.failReadings(nil, nil, .unavailable)
        let mirror = ClusterMirror(store: store, time: MonotonicTime(clock), logger: log.logger)
        let feed = await mirror.subscribe()
        let running = Task { await mirror.run() }
        try await eventually("the mirror waits") { clock.sleeperCount == 1 }
        #expect(words(await feed.take()) == ["put Service default/web"])
        store.putBack([], revision: 0)
        clock.advance(by: ClusterMirror.firstRetry)
        try await eventually("the mirror waits again") { clock.sleeperCount == 1 }
        #expect(feed.isClosed)
        #expect(log.messages(with: "put back to an earlier state").count == 1)
        clock.advance(by: ClusterMirror.lastRetry)
        try await eventually("everything is known") { await mirror.isSynced }
        #expect(await mirror.count(.service) == 0)
        running.cancel()
        await running.value
    }
}
