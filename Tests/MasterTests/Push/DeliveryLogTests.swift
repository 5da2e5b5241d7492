import ClusterModel
import Testing

@testable import Master

@Suite("The log of changes for minions")
struct DeliveryLogTests {
    private func change(_ sequence: UInt64, _ name: String, removed: Bool = false) -> DeliveryLog.Change {
        DeliveryLog.Change(
            sequence: sequence, key: serviceKey(name), version: sequence,
            object: removed ? nil : EncodedObject(makeService(name, version: sequence)))
    }

    private func log(_ changes: [DeliveryLog.Change], removalLimit: Int = 10) -> DeliveryLog {
        var log = DeliveryLog(removalLimit: removalLimit)
        for change in changes { log.add(change) }
        return log
    }

    @Test("gives the newest of each object, in order, from any place")
    func coalesces() {
        let log = log([change(1, "a"), change(2, "b"), change(3, "a"), change(4, "c", removed: true)])
        #expect(log.changes(after: 0, limit: 9).map(\.sequence) == [2, 3, 4])
        #expect(log.changes(after: 2, limit: 9).map(\.key.name) == ["a", "c"])
        #expect(log.changes(after: 0, limit: 2).map(\.sequence) == [2, 3])
        #expect(log.changes(after: 4, limit: 9).isEmpty)
    }

    @Test("lists what is wanted without what was removed")
    func wanted() {
        let log = log([change(1, "a"), change(2, "b"), change(3, "a", removed: true)])
        #expect(log.objects(.service).map(\.key.name) == ["b"])
        #expect(log.objects(.pod).isEmpty)
    }

    @Test("forgets the oldest removals, and says up to where")
    func bounded() {
        let removals = (1...5).map { change($0, "gone-\($0)", removed: true) }
        let log = log([change(0, "kept")] + removals, removalLimit: 2)
        #expect(log.floor == 3)
        #expect(log.changes(after: 0, limit: 9).map(\.sequence) == [4, 5])
        #expect(log.objects(.service).map(\.key.name) == ["kept"])
    }

    @Test("stays as small as its objects are few, however often they change")
    func staysSmall() {
        var log = DeliveryLog(removalLimit: 2)
        for sequence in 1...10_000 { log.add(change(UInt64(sequence), "a")) }
        #expect(log.placeCount <= 66)
        #expect(log.changes(after: 0, limit: 9).map(\.sequence) == [10_000])
        #expect(log.floor == 0)
    }
}

@Suite("The wait between tries to reach a minion")
struct BackoffTests {
    @Test("doubles up to its bound, and chance takes at most half of it")
    func doubles() {
        var backoff = Backoff(first: .seconds(1), last: .seconds(5))
        #expect((0..<4).map { _ in backoff.next(0) } == [.seconds(0.5), .seconds(1), .seconds(2), .seconds(2.5)])
        #expect(backoff.next(0.5) == .seconds(3.75))
        backoff.reset()
        #expect(backoff.next(0) == .seconds(0.5))
    }
}
