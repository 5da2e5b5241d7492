import Testing

@testable import Proxy

private let a = Backend(address: 1, port: 1)
private let b = Backend(address: 2, port: 1)
private let c = Backend(address: 3, port: 1)
private let d = Backend(address: 4, port: 1)

@Suite struct BalancerTests {
    @Test func everyBackendHasItsTurn() {
        let set = BackendSet.empty.replaced(by: [a, b, c], nextTicket: 0)
        #expect((0..<7).map { set.backend(ticket: $0, position: 0) } == [a, b, c, a, b, c, a])
        #expect((0..<3).map { set.backend(ticket: 1, position: $0) } == [b, c, a])
    }

    @Test func thereIsNoneInAnEmptySet() {
        #expect(BackendSet.empty.backend(ticket: 5, position: 0) == nil)
    }

    struct Change: Sendable {
        let before: [Backend]
        let drawn: UInt64
        let after: [Backend]
        let next: [Backend]
    }

    @Test(
        "Round robin goes on where it was when the list changes",
        arguments: [
            Change(before: [a, b, c], drawn: 1, after: [a, b, c, d], next: [b, c, d, a]),
            Change(before: [a, b, c], drawn: 2, after: [c, b, a], next: [c, b, a]),
            Change(before: [a, b, c], drawn: 1, after: [a, c], next: [c, a]),
            Change(before: [a, b, c], drawn: 5, after: [d, a], next: [a, d]),
            Change(before: [a, b], drawn: 7, after: [c, d], next: [c, d]),
            Change(before: [], drawn: 7, after: [c, d], next: [c, d]),
            Change(before: [a, b], drawn: 3, after: [a, b], next: [b, a]),
            Change(before: [a, b], drawn: UInt64.max, after: [b, a], next: [b, a]),
        ])
    func continues(_ change: Change) {
        let old = BackendSet.empty.replaced(by: change.before, nextTicket: 0)
        let new = old.replaced(by: change.after, nextTicket: change.drawn)
        #expect(new.version != old.version)
        let served = (0..<UInt64(change.next.count)).map { new.backend(ticket: change.drawn &+ $0, position: 0) }
        #expect(served == change.next)
    }

    @Test func aBackendListedTwiceGetsTwiceTheShare() {
        let set = BackendSet.empty.replaced(by: [a, b, a], nextTicket: 0)
        #expect((0..<6).filter { set.backend(ticket: $0, position: 0) == a }.count == 4)
    }
}
