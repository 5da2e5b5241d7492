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
        #expect(duty.place(.cannotReach("two have one URL")) == .nowhere("two have one URL"))
        let reading = LeaderPlace.nowhere("this master has just begun to lead and still reads the store")
        duty.end(lead(5), isOver: false)
        #expect(duty.place(.leads(lead(5))) == reading)
        duty.end(lead(5), isOver: true)
        #expect(
            duty.place(.leads(lead(5))) == .nowhere("this master leads no more; who does will be known in some seconds")
        )
        #expect(duty.place(.leads(lead(6))) == reading)
    }

    @Test("tells the minions nothing before every address has one owner")
    func pushesAfterSettling() async throws {
        try await FakeMinion.run { minion, port in
            let clock = ManualClock()
            // A service whose address is not recorded, and another master that leads.
            for object in [makeMinion("m1", version: 0, hostIP: "127.0.0.1"), makeService("web", version: 0)] {
                try await store.commit(StoreTransaction(changes: [.put(object.ref.storeKey, object.document)]))
            }
            store.setLeader(created: 7)
            try await MasterUnderTest.withClient { client in
                let parts = MasterParts(
                    config: try MasterUnderTest.config(["minionPort": "\(port)"]), store: store, client: client,
                    time: MonotonicTime(clock), logger: log.logger)
                let following = Task { await parts.mirror.run() }
                let work = LeaderWork(
                    parts: parts, pusher: try parts.pusher(), duty: LeaderDuty(), master: "a", maintain: {})
                let leading = Task { await work.run(lead(5)) }
                defer {
                    following.cancel()
                    leading.cancel()
                }
                let words = "addresses cannot be checked"
                for round in 1...20 {
                    try await eventually("try \(round)") {
                        log.messages(with: words).count == round && (clock.nextDeadline.map { $0 > clock.now } ?? false)
                    }
                    clock.advance(by: MachineRegistration.retry)
                }
                #expect(minion.sessions == 0)
                store.setLeader(created: 5)
                try await eventually("the minion is told") {
                    if minion.sessions == 0 { clock.advance(by: MachineRegistration.retry) }
                    return minion.sessions > 0
                }
            }
        }
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
