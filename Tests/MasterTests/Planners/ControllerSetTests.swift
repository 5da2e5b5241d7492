import ClusterModel
import Logging
import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

/// The controllers over the registry, a store and its mirror.
@Suite struct ControllerSetTests {
    private let store = MemoryStore()
    private let clock = ManualClock()
    private let mirror: ClusterMirror
    private let registry: Registry
    private let controllers: ControllerSet

    init() throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        mirror = ClusterMirror(store: store, time: MonotonicTime(ContinuousClock()), logger: logger)
        registry = Registry(
            store: store, mirror: mirror,
            settings: Registry.Settings(
                allowPrivileged: false, portalNet: try #require(IPv4Network("10.11.0.0/16")), podNet: nil))
        controllers = ControllerSet(
            mirror: mirror, registry: registry, settings: ControllerSet.Settings(seed: 1),
            time: MonotonicTime(clock), logger: logger)
    }

    private func create(_ object: APIObject) async throws {
        let resource = Resource(object.kind)
        _ = try await registry.create(resource, namespace: "default", .object(object.json()))
    }

    private func pods() async -> [Pod] {
        await mirror.objects(.pod).compactMap { if case .pod(let pod) = $0 { pod } else { nil } }
            .sorted { $0.meta.name < $1.meta.name }
    }

    private func endpoints() async -> [String]? {
        guard case .endpoints(let endpoints)? = await mirror.object(ObjectRef(.endpoints, name: "web")) else {
            return nil
        }
        return endpoints.endpoints
    }

    /// As a minion would tell of each pod bound to it.
    private func run(_ pods: [Pod]) async {
        for pod in pods where !pod.desiredState.host.isEmpty {
            let address = pod.desiredState.host == "a" ? "10.1.0.2" : "10.1.1.2"
            await mirror.report(podStates: [APIObject.pod(pod).ref: Make.running(address)])
        }
    }

    /// Runs `story` beside the mirror and the controllers.
    private func whileLeading(_ story: () async throws -> Void) async throws {
        let (standings, continuation) = AsyncStream.makeStream(of: LeaderStanding.self)
        continuation.yield(.leads(Lead(term: 1)))
        let following = Task { await mirror.run() }
        defer { following.cancel() }
        async let working: Void = controllers.run(standings)
        do {
            try await story()
            continuation.finish()
        } catch {
            continuation.finish()
            throw error
        }
        await working
    }

    @Test func twoReplicasAnswerForAServiceAndALostMinionsOneIsReplaced() async throws {
        for minion in ["a", "b"] { try await create(.minion(Make.minion(minion))) }
        try await create(.service(Make.service()))
        var controller = Make.controller("web", replicas: 2, version: 0)
        controller.desiredState.podTemplate.nodeSelector = [:]
        try await create(.replicationController(controller))
        for minion in ["a", "b"] { await mirror.report(MinionCondition(.ready, lastSeen: .zero), of: minion) }
        try await whileLeading {
            try await eventually("a pod on each minion") {
                await pods().map(\.desiredState.host).sorted() == ["a", "b"]
            }
            await run(await pods())
            try await eventually("both answer") { await endpoints() == ["10.1.0.2:80", "10.1.1.2:80"] }

            let lost = try #require(await pods().first { $0.desiredState.host == "b" })
            await mirror.report(MinionCondition(.unreachable, lastSeen: .zero), of: "b")
            try await eventually("only one answers") {
                clock.advance(by: .seconds(1))
                return await endpoints() == ["10.1.0.2:80"]
            }
            try await eventually("both are on the other minion") {
                clock.advance(by: .seconds(1))
                return await pods().map(\.desiredState.host) == ["a", "a"]
            }
            #expect(await !pods().contains { $0.meta.name == lost.meta.name })
        }
    }

    @Test func whyAPodFitsNowhereIsItsMessageAndAnEvent() async throws {
        try await create(.minion(Make.minion("a")))
        try await create(.pod(Make.pod("p", version: 0, selector: ["disk": "ssd"])))
        await mirror.report(MinionCondition(.ready, lastSeen: .zero), of: "a")
        try await whileLeading {
            let words = "0 of 1 minion fits: 1 lacks the label disk=ssd"
            let ref = ObjectRef(.pod, name: "p")
            try await eventually("the message") { await mirror.podStates[ref]?.message == words }
            try await eventually("the event") {
                await mirror.objects(.event).contains {
                    if case .event(let event) = $0 {
                        event.message == words && event.involvedObject.name == "p"
                    } else {
                        false
                    }
                }
            }
            try await create(.minion(Make.minion("b", labels: ["disk": "ssd"])))
            await mirror.report(MinionCondition(.ready, lastSeen: .zero), of: "b")
            try await eventually("it is bound") {
                clock.advance(by: .seconds(1))
                return await pods().map(\.desiredState.host) == ["b"]
            }
            #expect(await mirror.podStates[ref]?.message == "")
        }
    }

    @Test func whoFollowsWritesNothing() async throws {
        try await create(.service(Make.service()))
        let (standings, continuation) = AsyncStream.makeStream(of: LeaderStanding.self)
        let following = Task { await mirror.run() }
        defer { following.cancel() }
        async let working: Void = controllers.run(standings)
        continuation.yield(.follows(leader: "other"))
        // Each round trip through store and mirror is as long as a controller takes for its own.
        for number in 0..<20 {
            try await create(.minion(Make.minion("m\(number)")))
            try await eventually("the mirror tells") {
                await mirror.object(ObjectRef(.minion, name: "m\(number)")) != nil
            }
        }
        #expect(await endpoints() == nil)
        continuation.yield(.leads(Lead(term: 2)))
        try await eventually("the endpoints") { await endpoints() == [] }
        continuation.yield(.follows(leader: nil))
        continuation.finish()
        await working
        try await create(.service(Make.service("late")))
        try await eventually("the mirror tells") { await mirror.object(ObjectRef(.service, name: "late")) != nil }
        #expect(await mirror.object(ObjectRef(.endpoints, name: "late")) == nil)
    }
}
