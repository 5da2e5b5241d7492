import MasterKit
import NodeKit
import Testing

@testable import Master

@Suite("The hub of an etcd's watches")
struct WatchHubTests {
    private func event(_ revision: UInt64, _ name: String = "a", bytes: Int = 1) -> StoreEvent {
        .put(
            StoreEntry(
                key: StoreKey("pods", name: name), value: Array(repeating: 0, count: bytes), created: revision,
                modified: revision))
    }

    private func revisions(_ hub: WatchHub, after revision: UInt64) async throws -> [UInt64]? {
        try await hub.batch(after: revision)?.map(\.revision)
    }

    @Test("gives each reader what comes after its place, and wakes who waits")
    func readers() async throws {
        let hub = WatchHub(after: 10)
        hub.add([event(11), event(11, "b"), event(13)])
        #expect(try await revisions(hub, after: 10) == [11, 11, 13])
        #expect(try await revisions(hub, after: 11) == [13])
        async let waiting = revisions(hub, after: 13)
        hub.add([event(14)])
        #expect(try await waiting == [14])
        #expect(hub.newest == 14)
    }

    @Test("forgets whole revisions past its bound, and says so to who is behind", arguments: [true, false])
    func bound(byBytes: Bool) async throws {
        let hub = WatchHub(
            after: 0, bound: HistoryBound(changes: byBytes ? 100 : 3, bytes: byBytes ? 30 : 1 << 20))
        hub.add([event(1, bytes: 10), event(1, "b", bytes: 10), event(2, bytes: 10)])
        #expect(hub.holds(0))
        hub.add([event(3, bytes: 10)])
        #expect(!hub.holds(0))
        #expect(try await revisions(hub, after: 0) == nil)
        #expect(try await revisions(hub, after: 1) == [2, 3])
        hub.forget(through: 2)
        #expect(!hub.holds(1))
        #expect(try await revisions(hub, after: 2) == [3])
    }

    @Test(
        "forgets nothing of a reader that has seen everything, though etcd's revisions have gone on without documents")
    func forgetsNothingUnseen() async throws {
        let hub = WatchHub(after: 10)
        hub.add([event(11)])
        hub.forget(through: 40)
        #expect(hub.holds(11))
        #expect(!hub.holds(10))
        hub.add([event(41)])
        #expect(try await revisions(hub, after: 11) == [41])
    }

    @Test("never gives a part of a revision")
    func wholeRevisions() async throws {
        let hub = WatchHub(after: 0)
        hub.add((0..<700).map { event(1, "\($0)") } + [event(2)])
        #expect(try await revisions(hub, after: 0)?.count == 700)
    }

    @Test("tells its end to all, after what came before it")
    func end() async throws {
        let hub = WatchHub(after: 0)
        hub.add([event(1)])
        hub.finish(StoreError(.gone, "compacted"))
        #expect(hub.isOver)
        #expect(try await revisions(hub, after: 0) == [1])
        let error = await #expect(throws: StoreError.self) { try await hub.batch(after: 1) }
        #expect(error?.code == .gone)
    }

    @Test("lets go of who waits when the task is cancelled")
    func cancellation() async throws {
        let hub = WatchHub(after: 0)
        let reader = Task { try await hub.batch(after: 0) }
        reader.cancel()
        #expect(try await reader.value == nil)
    }
}
