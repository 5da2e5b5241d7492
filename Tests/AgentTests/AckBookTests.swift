import ClusterModel
import Testing
import Wire

@testable import Agent

@Suite struct AckBookTests {
    private let web = ObjectKey(kind: .pod, name: "web")
    private let db = ObjectKey(kind: .pod, name: "db")
    private let start = ContinuousClock.now

    private func entry(_ generation: UInt64, _ convergence: Convergence, observed: UInt64? = nil) -> BoardEntry {
        BoardEntry(
            wanted: nil, generation: generation, observedGeneration: observed ?? generation, convergence: convergence)
    }

    private func failure(_ message: String) -> Convergence {
        .failed(reason: "ErrImagePull", message: message, retryIn: .seconds(8))
    }

    private func phases(_ replies: [Reply]) -> [Ack.Phase] {
        replies.compactMap { if case .ack(let ack) = $0 { ack.phase } else { nil } }
    }

    @Test func appliedComesOnceForTheAwaitedGeneration() {
        var book = AckBook()
        #expect(book.owe(.int(7), awaited: [web: 3], resourceVersion: 9, isStale: false, now: start) == nil)
        let later = start + .milliseconds(4)
        #expect(book.observe(web, entry(3, .pending), now: later).isEmpty)
        #expect(book.observe(web, entry(3, .applied, observed: 2), now: later).isEmpty)
        #expect(
            book.observe(web, entry(3, .applied), now: later)
                == [.ack(Ack(id: .int(7), phase: .applied(took: .milliseconds(4)), resourceVersion: 9))])
        #expect(book.observe(web, entry(3, .applied), now: later).isEmpty)
        #expect(book.count == 0)
    }

    @Test func aLaterChangeThatIsAppliedSettlesAnEarlierOne() {
        var book = AckBook()
        _ = book.owe(.int(1), awaited: [web: 3], resourceVersion: nil, isStale: false, now: start)
        #expect(phases(book.observe(web, entry(5, .applied), now: start)) == [.applied(took: .zero)])
    }

    @Test func whatIsGoneIsRemoved() {
        var book = AckBook()
        _ = book.owe(.string("x"), awaited: [web: 3], resourceVersion: nil, isStale: false, now: start)
        #expect(phases(book.observe(web, nil, now: start)) == [.applied(took: .zero)])
    }

    @Test func aFailureIsSaidOnceAndAppliedFollows() {
        var book = AckBook()
        _ = book.owe(.int(1), awaited: [web: 1], resourceVersion: nil, isStale: false, now: start)
        #expect(book.observe(web, entry(1, failure("no such image")), now: start).isEmpty)
        let said = phases(book.takeFailures())
        #expect(said == [.failed(reason: "ErrImagePull", message: "no such image", retryIn: .seconds(8))])
        _ = book.observe(web, entry(1, failure("no such image")), now: start)
        #expect(book.takeFailures().isEmpty)
        _ = book.observe(web, entry(1, failure("registry down")), now: start)
        #expect(phases(book.takeFailures()).count == 1)
        #expect(phases(book.observe(web, entry(1, .applied), now: start)) == [.applied(took: .zero)])
    }

    @Test func aGroupIsAppliedWhenAllOfItIsAndItsFailureNamesTheObject() {
        var book = AckBook()
        _ = book.owe(.int(9), awaited: [web: 1, db: 2], resourceVersion: nil, isStale: false, now: start)
        #expect(book.observe(web, entry(1, .applied), now: start).isEmpty)
        _ = book.observe(db, entry(2, failure("no such image")), now: start)
        let said = phases(book.takeFailures())
        let words = "Pod default/db: no such image"
        #expect(said == [.failed(reason: "ErrImagePull", message: words, retryIn: .seconds(8))])
        #expect(phases(book.observe(db, entry(2, .applied), now: start)) == [.applied(took: .zero)])
    }

    @Test func whatFailsTogetherIsOneLinePerRequest() {
        var book = AckBook()
        let keys = (0..<1_000).map { ObjectKey(kind: .pod, name: "p\($0)") }
        let awaited = Dictionary(uniqueKeysWithValues: keys.map { ($0, UInt64(1)) })
        _ = book.owe(.int(1), awaited: awaited, resourceVersion: nil, isStale: false, now: start)
        _ = book.owe(.int(2), awaited: [keys[0]: 1], resourceVersion: nil, isStale: false, now: start)
        for key in keys { _ = book.observe(key, entry(1, failure("no such image")), now: start) }
        let said = book.takeFailures()
        #expect(said.count == 2)
        guard case .failed(_, let message, _) = phases(said).first else {
            Issue.record("no failure: \(said)")
            return
        }
        #expect(message.hasSuffix("and 995 more"))
    }

    @Test func whatConvergedBeforeItWasToldIsNotAFailure() {
        var book = AckBook()
        _ = book.owe(.int(1), awaited: [web: 1, db: 1], resourceVersion: nil, isStale: false, now: start)
        _ = book.observe(web, entry(1, failure("no such image")), now: start)
        _ = book.observe(web, entry(1, .applied), now: start)
        #expect(book.takeFailures().isEmpty)
    }

    @Test func aFullBookGivesUpTheOldestDebt() {
        var book = AckBook()
        for number in 0..<AckBook.limit {
            let key = ObjectKey(kind: .pod, name: "p\(number)")
            _ = book.owe(.int(Int64(number)), awaited: [key: 1], resourceVersion: nil, isStale: false, now: start)
        }
        let dropped = book.owe(.int(-1), awaited: [web: 1], resourceVersion: nil, isStale: false, now: start)
        #expect(dropped?.id == .int(0))
        #expect(book.count == AckBook.limit)
    }
}
