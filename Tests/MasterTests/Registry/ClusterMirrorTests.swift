import ClusterModel
import MasterKit
import NodeKit
import Testing

@testable import Master

// Whoever waits for a change that does not come waits for ever.
@Suite("The mirror of the cluster", .timeLimit(.minutes(1)))
struct ClusterMirrorTests {
    static let web = ObjectRef(.service, name: "web")

    @Test("a feed begins with what there is, and goes on with what changes")
    func feed() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("web")
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        #expect(words(await feed.take()) == ["put Service default/web", "synced"])
        try await fixture.createService("api")
        #expect(words(await feed.take()) == ["put Service default/api"])
        feed.close()
        #expect(await feed.take() == nil)
    }

    @Test("a feed is as new as what was taken of it, however new the mirror is")
    func feedRevision() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("web")
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        #expect(feed.revision == 0)
        _ = await feed.take()
        let taken = feed.revision
        #expect(await fixture.mirror.revision == taken)
        try await fixture.createService("api")
        try await eventually("the mirror has it") { await fixture.mirror.revision > taken }
        #expect(feed.revision == taken)
        _ = await feed.take()
        #expect(await fixture.mirror.revision == feed.revision)
    }

    @Test("what a slow reader did not take is one change per object, in the order of their first")
    func coalescing() async throws {
        let fixture = try RegistryFixture()
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        _ = await feed.take()
        try await fixture.create(.pods, #"{"id":"p","desiredState":{"manifest":{"version":"v1beta1"}}}"#)
        for name in ["a", "b", "a"] {
            if try await fixture.names(.services).contains(name) {
                try await fixture.registry.delete(.services, namespace: "default", name: name)
            } else {
                try await fixture.createService(name)
            }
        }
        try await fixture.settled()
        let pod = ObjectRef(.pod, name: "p")
        await fixture.mirror.report(podStates: [pod: PodState(status: .waiting)])
        await fixture.mirror.report(podStates: [pod: PodState(status: .running)])
        await fixture.mirror.report(MinionCondition(.ready, lastSeen: .zero), of: "m")
        #expect(
            words(await feed.take()) == [
                "put Pod default/p", "removed Service default/a", "put Service default/b", "Pod default/p Running",
                "m ready",
            ])
        await fixture.mirror.report(podStates: [pod: PodState(status: .terminated)])
        try await fixture.registry.delete(.pods, namespace: "default", name: "p")
        try await fixture.settled()
        #expect(words(await feed.take()) == ["removed Pod default/p"])
        #expect(await fixture.mirror.podStates.isEmpty)
    }

    @Test("the status of a pod nobody knows is forgotten")
    func unknownPod() async throws {
        let fixture = try RegistryFixture()
        await fixture.mirror.report(podStates: [ObjectRef(.pod, name: "p"): PodState(status: .running)])
        #expect(await fixture.mirror.podStates.isEmpty)
    }

    @Test("a cut watch is resumed after a wait, and nothing is missed")
    func resumption() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("a")
        try await fixture.settled()
        fixture.store.cutWatches()
        try await eventually("the mirror waits") { fixture.mirrorClock.sleeperCount == 1 }
        try await fixture.registry.delete(.services, namespace: "default", name: "a")
        fixture.store.failReadings(.unavailable)
        fixture.mirrorClock.advance(by: ClusterMirror.firstRetry)
        try await eventually("the mirror waits longer") {
            fixture.mirrorClock.nextDeadline?.offset == ClusterMirror.firstRetry * 3
        }
        try await fixture.createService("b")
        fixture.mirrorClock.advance(by: ClusterMirror.firstRetry * 2)
        try await fixture.settled()
        #expect(await fixture.mirror.objects(.service).map(\.meta.name) == ["b"])
    }

    @Test(
        "an object and another of its name are told as two, also to a slow reader, and the second's status after both")
    func sameName() async throws {
        let fixture = try RegistryFixture()
        let pod = #"{"id":"p","desiredState":{"manifest":{"version":"v1beta1"}}}"#
        try await fixture.create(.pods, pod)
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        _ = await feed.take()
        let ref = ObjectRef(.pod, name: "p")
        await fixture.mirror.report(podStates: [ref: PodState(status: .running)])
        for _ in 0..<2 {
            try await fixture.registry.delete(.pods, namespace: "default", name: "p")
            try await fixture.create(.pods, pod)
        }
        try await fixture.settled()
        await fixture.mirror.report(podStates: [ref: PodState(status: .waiting)])
        #expect(
            words(await feed.take()) == ["removed Pod default/p", "put Pod default/p", "Pod default/p Waiting"])
    }

    @Test(
        "a document that cannot be read is told of before the rest is whole, costs no list, and is over when it is replaced"
    )
    func damage() async throws {
        let store = MemoryStore()
        let key = ObjectRef(.service, name: "bad").storeKey
        try await store.put(key, "{")
        let fixture = try RegistryFixture(store: store)
        try await fixture.createService("good")
        try await fixture.settled()
        let feed = await fixture.mirror.subscribe()
        #expect(words(await feed.take()) == ["put Service default/good", "1 damaged Service", "synced"])
        #expect(await fixture.mirror.damagedDocuments.keys.map(\.name) == ["bad"])
        #expect(try await fixture.names(.services) == ["good"])
        try await store.remove(key)
        #expect(words(await feed.take()) == ["0 damaged Service"])
        #expect(await fixture.mirror.damagedDocuments.isEmpty)
        let good = ObjectRef(.service, name: "good").storeKey
        try await store.put(good, "[]")
        try await eventually("it is noticed") { await fixture.mirror.damagedDocuments.count == 1 }
        #expect(await fixture.mirror.object(ObjectRef(.service, name: "good")) != nil, "what was known of it stays")
    }

    @Test("it catches up with what the store holds at that moment, also past changes it does not look at")
    func catchingUp() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("a")
        try await fixture.settled()
        // Nothing the mirror watches: it does not learn of the revision by itself.
        try await fixture.store.put(StoreKey("elsewhere", name: "x"), "1")
        let newest = try await fixture.store.revision()
        #expect(await fixture.mirror.revision < newest)
        #expect(await fixture.mirror.catchUp())
        #expect(await fixture.mirror.revision == newest)
        try await fixture.createService("b")
        try await fixture.settled()
        #expect(await fixture.mirror.objects(.service).count == 2, "and follows on")
        fixture.store.failReadings(.unavailable)
        async let second = fixture.mirror.catchUp()
        try await eventually("it waits for the store") { fixture.mirrorClock.sleeperCount == 1 }
        fixture.mirrorClock.advance(by: ClusterMirror.firstRetry)
        #expect(await second)
    }

    @Test("pods of a lost minion are shown as terminated, and lists leave it out")
    func lostMinion() async throws {
        let fixture = try RegistryFixture()
        try await fixture.create(.minions, #"{"id":"m"}"#)
        try await fixture.create(.pods, #"{"id":"p","desiredState":{"manifest":{"version":"v1beta1"}}}"#)
        try await fixture.registry.bind(Binding(podID: "p", host: "m"))
        try await fixture.settled()
        let status = { () async throws -> PodStatus? in
            guard case .pod(let pod) = try await fixture.registry.get(.pods, namespace: "default", name: "p") else {
                return nil
            }
            return pod.currentState.status
        }
        #expect(try await status() == .waiting)
        await fixture.mirror.report(podStates: [
            ObjectRef(.pod, name: "p"): PodState(status: .running, podIP: "1.2.3.4")
        ])
        #expect(try await status() == .running)
        await fixture.mirror.report(MinionCondition(.unreachable, lastSeen: nil), of: "m")
        #expect(try await status() == .terminated)
        #expect(try await fixture.names(.minions) == [])
        await fixture.mirror.report(MinionCondition(.ready, lastSeen: .zero), of: "m")
        #expect(try await fixture.names(.minions) == ["m"])
        #expect(try await status() == .running)
        try await fixture.registry.delete(.minions, namespace: "", name: "m")
        try await fixture.settled()
        #expect(try await status() == .terminated)
    }

    @Test("a controller's current replicas are the pods that match")
    func replicas() async throws {
        let fixture = try RegistryFixture()
        let template = #"{"labels":{"n":"f"},"desiredState":{"manifest":{"version":"v1beta1"}}}"#
        let controller =
            #"{"id":"rc","desiredState":{"replicas":2,"replicaSelector":{"n":"f"},"podTemplate":\#(template)}}"#
        try await fixture.create(.replicationControllers, controller)
        for (name, label) in [("p1", "f"), ("p2", "f"), ("p3", "g")] {
            let text =
                #"{"id":"\#(name)","labels":{"n":"\#(label)"},"desiredState":{"manifest":{"version":"v1beta1"}}}"#
            try await fixture.create(.pods, text)
        }
        try await fixture.settled()
        let shown = try await fixture.registry.get(.replicationControllers, namespace: "default", name: "rc")
        guard case .replicationController(let shown) = shown else { return }
        #expect(shown.currentReplicas == 2)
    }
}
