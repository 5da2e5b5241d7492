import ClusterModel
import Logging
import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

@Suite("Events of the master")
struct EventTests {
    private func event(_ name: String) -> Event {
        Event(meta: ObjectMeta(name: name), involvedObject: ObjectReference(kind: "Pod"), message: "it waits")
    }

    private func shown(_ fixture: RegistryFixture, _ name: String) async throws -> Event {
        guard case .event(let event) = try await fixture.registry.get(.events, namespace: "default", name: name) else {
            throw RegistryFixture.NotAnObject()
        }
        return event
    }

    @Test("of one cause are one, with how often and when last")
    func counting() async throws {
        let fixture = try RegistryFixture()
        try await fixture.registry.record(event("p.1"))
        let first = try await shown(fixture, "p.1")
        #expect(first.count == 1)
        #expect(first.lastTimestamp == nil)
        fixture.clock.advance(by: 60)
        try await fixture.registry.record(event("p.1"))
        let second = try await shown(fixture, "p.1")
        #expect(second.count == 2)
        #expect(second.meta.creationTimestamp == first.meta.creationTimestamp)
        #expect(second.lastTimestamp == fixture.clock.wall.now().timestamp)
        #expect(try await fixture.names(.events) == ["p.1"])
    }

    @Test("go when their time is over, counted from the last, and nothing else does")
    func ages() async throws {
        let fixture = try RegistryFixture()
        let sweeper = EventSweeper(
            mirror: fixture.mirror, registry: fixture.registry, life: .seconds(3_600),
            time: MonotonicTime(ManualClock()), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await fixture.createService("web")
        for name in ["old", "again"] { try await fixture.registry.record(event(name)) }
        fixture.clock.advance(by: 3_000)
        for name in ["again", "new"] { try await fixture.registry.record(event(name)) }
        fixture.clock.advance(by: 600)
        try await fixture.settled()
        await sweeper.sweep(fixture.registry)
        #expect(try await fixture.names(.events).sorted() == ["again", "new", "old"], "not before its time")
        fixture.clock.advance(by: 1)
        await sweeper.sweep(fixture.registry)
        #expect(try await fixture.names(.events).sorted() == ["again", "new"])
        #expect(try await fixture.names(.services) == ["web"])
    }
}
