import ClusterModel
import Logging
import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

@Suite("A leader")
struct LeaderTests {
    private let store = MemoryStore()
    private let log = RecordingLog()
    private let mirror: ClusterMirror
    private let registry: Registry
    private let controllers: ControllerSet

    init() throws {
        let time = MonotonicTime(ContinuousClock())
        mirror = ClusterMirror(store: store, time: time, logger: log.logger)
        registry = Registry(
            store: store, mirror: mirror,
            settings: Registry.Settings(
                allowPrivileged: false, portalNet: try #require(IPv4Network("10.11.0.0/16")), podNet: nil))
        controllers = ControllerSet(
            mirror: mirror, registry: registry, settings: ControllerSet.Settings(seed: 1), time: time,
            logger: log.logger)
    }

    private func lead(_ created: UInt64) -> Lead { Lead(term: created, fence: LeadFence(created: created)) }

    private func create(_ object: APIObject) async throws {
        _ = try await registry.create(Resource(object.kind), namespace: "default", .object(object.json()))
    }

    @Test("whose lead is over writes nothing, and its controllers stop by themselves")
    func deposed() async throws {
        let following = Task { await mirror.run() }
        defer { following.cancel() }
        store.setLeader(created: 7)
        try await create(.service(Make.service()))
        #expect(await controllers.lead(lead(5)) == .deposed)
        #expect(try await store.list("endpoints", namespace: nil).entries.isEmpty)
        #expect(log.messages(with: "the controllers stop").count == 1)
        let working = Task { await controllers.lead(lead(7)) }
        try await eventually("the endpoints") {
            try await !store.list("endpoints", namespace: nil).entries.isEmpty
        }
        working.cancel()
        #expect(await working.value == .began)
    }

    @Test("answers only once its addresses are settled, and names whoever leads else")
    func duty() {
        let duty = LeaderDuty()
        guard case .nowhere = duty.place(.leads(lead(5))) else {
            Issue.record("it has not begun")
            return
        }
        duty.begin(lead(5))
        #expect(duty.place(.leads(lead(5))) == .here)
        guard case .nowhere = duty.place(.leads(lead(6))) else {
            Issue.record("that was another lead")
            return
        }
        #expect(duty.place(.follows(leader: "http://b")) == .there("http://b"))
        #expect(duty.place(.follows(leader: nil)) == .nowhere("no master leads at the moment"))
        duty.end()
        #expect(duty.place(.leads(lead(5))) != .here)
    }

    @Test("on SQLite goes on with a higher term when a minion has seen one")
    func soleLeader() async throws {
        let bench = try SQLiteBench()
        let leader = try await SoleLeader(bench.sqlite)
        #expect(leader.standing == .leads(Lead(term: 1)))
        await leader.outrank(0)
        #expect(leader.standing == .leads(Lead(term: 1)))
        await leader.outrank(41)
        #expect(leader.standing == .leads(Lead(term: 42)))
        #expect(try await SoleLeader(bench.sqlite).standing == .leads(Lead(term: 43)))
        try await bench.end()
    }
}
