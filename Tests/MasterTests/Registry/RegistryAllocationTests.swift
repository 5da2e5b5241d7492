import ClusterModel
import MasterKit
import Testing

@testable import Master

@Suite("Allocation in the registry")
struct RegistryAllocationTests {
    @Test("addresses are the lowest free, honoured when asked for, and a failed create leaks none")
    func addresses() async throws {
        let fixture = try RegistryFixture()
        #expect(try await fixture.createService("a") == "10.11.0.1")
        _ = try await failure { try await fixture.createService("a") }
        #expect(try await fixture.createService("b", asking: "10.11.7.7") == "10.11.7.7")
        #expect(try await fixture.createService("c") == "10.11.0.2")
        let taken = try await failure { try await fixture.createService("d", asking: "10.11.7.7") }
        #expect(taken.code == 422)
        #expect(
            taken.message == #"service "d" is invalid: portalIP: invalid value '10.11.7.7': Service default/b has it"#)
        #expect(try await fixture.createService("e") == "10.11.0.3")
    }

    @Test("a released address rests, over a restart too, and its own service gets it back")
    func quarantine() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("a")
        try await fixture.createService("b")
        try await fixture.registry.delete(.services, namespace: "default", name: "a")
        let restarted = try RegistryFixture(store: fixture.store, clock: fixture.clock)
        #expect(try await restarted.createService("c") == "10.11.0.3")
        fixture.clock.advance(by: 299)
        #expect(try await restarted.createService("d") == "10.11.0.4")
        fixture.clock.advance(by: 1)
        #expect(try await restarted.createService("e") == "10.11.0.1")
        try await restarted.registry.delete(.services, namespace: "default", name: "b")
        #expect(try await restarted.createService("b", asking: "10.11.0.2") == "10.11.0.2")
    }

    @Test("what another master gives back or takes is known when it matters")
    func twoMasters() async throws {
        let ours = try RegistryFixture(portalNet: "10.11.0.0/29")
        let theirs = try RegistryFixture(store: ours.store, portalNet: "10.11.0.0/29", clock: ours.clock)
        #expect(try await ours.createService("a") == "10.11.0.1")
        // Their book was read before ours was written on.
        #expect(try await theirs.createService("b") == "10.11.0.2")
        #expect(try await ours.createService("c") == "10.11.0.3")
        for name in ["d", "e", "f"] { try await theirs.createService(name) }
        // We have never heard of these; the last was made by them, and is released by us.
        try await ours.registry.delete(.services, namespace: "default", name: "f")
        ours.clock.advance(by: 301)
        #expect(try await theirs.createService("g") == "10.11.0.6")
        try await theirs.registry.delete(.services, namespace: "default", name: "a")
        ours.clock.advance(by: 301)
        #expect(try await ours.createService("h") == "10.11.0.1")
    }

    @Test("a document that cannot be read keeps what is recorded for it, and holds up no repair")
    func damagedOwner() async throws {
        let fixture = try RegistryFixture()
        try await fixture.createService("a")
        let key = ObjectRef(.service, name: "a").storeKey
        try await fixture.store.put(key, "{")
        let words = try await fixture.registry.repairAllocations()
        #expect(words.count == 1)
        #expect(words.first?.contains("services default/a cannot be read") == true)
        #expect(try await fixture.createService("b") == "10.11.0.2")
    }

    @Test("a full net is a clear error, and nothing is stored")
    func exhaustion() async throws {
        let fixture = try RegistryFixture(portalNet: "10.11.0.0/29")
        for name in ["a", "b", "c", "d", "e", "f"] { try await fixture.createService(name) }
        let full = try await failure { try await fixture.createService("g") }
        #expect(full.code == 503)
        #expect(
            full.message
                == "no portal IP is free in 10.11.0.0/29: 6 are in use, 0 were released and are kept back")
        #expect(try await fixture.names(.services).count == 6)
        #expect(try await failure { try await fixture.createService("a") }.reason == .alreadyExists)
    }

    @Test("many creates at once, by two masters that know nothing of each other, never share an address")
    func concurrency() async throws {
        let first = try RegistryFixture()
        let second = try RegistryFixture(store: first.store)
        let given = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<40 {
                group.addTask { try await (number % 2 == 0 ? first : second).createService("s\(number)") }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(Set(given).count == 40)
        #expect(Set(given) == Set((1...40).map { "10.11.0.\($0)" }))
    }

    @Test("minions get pod nets, which answers do not show and the mirror does")
    func podNets() async throws {
        let fixture = try RegistryFixture()
        for name in ["m1", "m2"] {
            let answer = try await fixture.create(.minions, #"{"id":"\#(name)","resources":{"capacity":{"cpu":1000}}}"#)
            #expect(answer.json()["podCIDR"] == nil)
            #expect(answer.json()["creationTimestamp"] == .null)
        }
        try await fixture.settled()
        let nets = await fixture.mirror.objects(.minion).sorted { $0.ref < $1.ref }.map { $0.json()["podCIDR"] }
        #expect(nets == ["10.244.0.0/24", "10.244.1.0/24"])
        try await fixture.registry.delete(.minions, namespace: "", name: "m1")
        try await fixture.create(.minions, #"{"id":"m3"}"#)
        try await fixture.settled()
        let third = await fixture.mirror.object(ObjectRef(.minion, name: "m3"))
        #expect(third?.json()["podCIDR"] == "10.244.2.0/24")
    }

    @Test("what a restored or older store lacks is repaired at the start")
    func repair() async throws {
        let store = MemoryStore()
        let fixture = try RegistryFixture(store: store)
        try await fixture.createService("kept")
        try await fixture.createService("unrecorded")
        try await fixture.createService("orphan")
        let allocation = { (name: String) in StoreKey("allocations", namespace: "portal-ip", name: name) }
        try await store.remove(allocation("10.11.0.2"))
        try await store.remove(StoreKey("services", namespace: "default", name: "orphan"))
        try await store.put(
            StoreKey("services", namespace: "default", name: "bare"), #"{"id":"bare","port":80,"selector":{"a":"b"}}"#)
        try await store.put(allocation("10.11.0.9"), "not a record")

        let restarted = try RegistryFixture(store: store)
        let words = try await restarted.registry.repairAllocations()
        #expect(words.count == 4)
        #expect(words.contains("Service default/unrecorded has the portal IP 10.11.0.2, of which there was no record"))
        let bare = try await restarted.registry.get(.services, namespace: "default", name: "bare")
        #expect(bare.json()["portalIP"] == "10.11.0.4")
        #expect(try await restarted.createService("next") == "10.11.0.5")
        #expect(try await restarted.registry.repairAllocations() == [])
    }
}
