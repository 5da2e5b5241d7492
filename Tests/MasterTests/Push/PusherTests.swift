import ClusterModel
import Machine
import MasterKit
import NodeKit
import Synchronization
import Testing
import Wire

@testable import Master

/// A pusher over a real mirror and store; minion `m1` is at `port`.
private func withPusher(
    port: Int, log: RecordingLog = RecordingLog(),
    _ body: (Pusher, ClusterMirror, any ClusterStore) async throws -> Void
) async throws {
    let bench = try SQLiteBench()
    let time = MonotonicTime(ContinuousClock())
    let mirror = ClusterMirror(store: bench.store, time: time, logger: log.logger)
    let pusher = Pusher(
        mirror: mirror, settings: PushLink.settings, time: time, logger: log.logger,
        dial: { address, limits throws(WireError) in
            // Every other name leads to nobody.
            try await LineClient.connect(
                host: "127.0.0.1", port: address.host == "m1" ? port : 1, limits: limits)
        }, chance: { 0 })
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await mirror.run() }
        group.addTask { await pusher.run(as: "a", term: 1) }
        do {
            try await body(pusher, mirror, bench.store)
        } catch {
            group.cancelAll()
            throw error
        }
        group.cancelAll()
        try await group.waitForAll()
    }
    try await bench.end()
}

extension ClusterStore {
    fileprivate func put(_ objects: APIObject...) async throws {
        for object in objects {
            try await commit(StoreTransaction(changes: [.put(object.ref.storeKey, object.document)]))
        }
    }
}

@Suite("The pusher")
struct PusherTests {
    @Test("brings what is stored to the minions, one of which is dead, and what they say to the mirror")
    func pushes() async throws {
        try await FakeMinion.run { minion, port in
            try await withPusher(port: port) { pusher, mirror, store in
                try await store.put(
                    makeMinion("m1", version: 0), makeMinion("dead", version: 0), makeService("web", version: 0),
                    makePod("p", on: "m1", version: 0))
                try await eventually("both objects") { Set(minion.objects.keys) == [serviceKey("web"), podKey("p")] }
                let stored = try await store.get(ObjectRef(.service, name: "web").storeKey)
                #expect(minion.objects[serviceKey("web")] == stored?.modified)
                let web = ObjectRef(.service, name: "web")
                try await eventually("applied") { pusher.standing(of: web, on: "m1")?.phase == .applied }
                try await store.put(makeService("api", version: 0))
                try await eventually("the change") { minion.objects[serviceKey("api")] != nil }
                #expect(minion.fullSets == 1)
                #expect(pusher.standings(of: web).mapValues(\.phase) == ["m1": .applied, "dead": .waiting])
                #expect(pusher.standings(of: ObjectRef(.pod, name: "p")).keys.sorted() == ["m1"])
                try await eventually("the minions' standing") {
                    await mirror.minionConditions.mapValues(\.standing) == ["m1": .ready, "dead": .unreachable]
                }
            }
        }
    }

    @Test("dials a minion as its name says it is, at its hostIP, for changes and for logs")
    func address() async throws {
        let dialled = Mutex<[MinionAddress]>([])
        let bench = try SQLiteBench()
        let time = MonotonicTime(ContinuousClock())
        let logger = RecordingLog().logger
        let pusher = Pusher(
            mirror: ClusterMirror(store: bench.store, time: time, logger: logger), settings: PushLink.settings,
            time: time, logger: logger,
            dial: { address, limits throws(WireError) in
                #expect(limits == LineLimits(), "a log's lines may be long")
                dialled.withLock { $0.append(address) }
                throw WireError(.connectFailed, "nobody")
            }, chance: { 0 })
        for (hostIP, host) in [("10.0.0.1", "10.0.0.1"), ("", "yy2")] {
            guard case .minion(let minion) = makeMinion("yy2", version: 1, hostIP: hostIP) else { continue }
            let wanted = MinionAddress(minion: "yy2", host: host)
            #expect(MinionAddress(of: minion, port: MinionAddress.defaultPort) == wanted)
            await #expect(throws: WireError.self) {
                try await pusher.openLog(LogQuery(pod: podKey("p")), on: minion)
            }
            #expect(dialled.withLock { $0.last } == wanted)
        }
        #expect(dialled.withLock { $0.count } == 2)
        try await bench.end()
    }

    @Test("says no more to a minion that is taken away")
    func removedMinion() async throws {
        try await FakeMinion.run { minion, port in
            try await withPusher(port: port) { pusher, mirror, store in
                try await store.put(makeMinion("m1", version: 0), makeService("web", version: 0))
                let web = ObjectRef(.service, name: "web")
                try await eventually("applied") { pusher.standing(of: web, on: "m1")?.phase == .applied }
                try await store.commit(
                    StoreTransaction(changes: [.remove(ObjectRef(.minion, name: "m1").storeKey)]))
                try await eventually("no link") { pusher.standing(of: web, on: "m1") == nil }
                let connection = try #require(minion.state.withLock { $0.connection })
                await connection.waitUntilClosed()
                #expect(minion.sessions == 1)
            }
        }
    }
}
