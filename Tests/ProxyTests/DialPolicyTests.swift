import Testing

@testable import Proxy

private let a = Backend(address: 1, port: 1)
private let b = Backend(address: 2, port: 1)
private let c = Backend(address: 3, port: 1)

@Suite struct DialPolicyTests {
    enum Ending: Sendable { case refused, silent }

    struct Course: Sendable {
        let backends: [Backend]
        let rounds: Int
        let endings: [Ending]
        let dialled: [Backend]
    }

    @Test(
        "Distinct backends first, silent ones again, refusing ones never",
        arguments: [
            Course(backends: [a], rounds: 4, endings: [.refused], dialled: [a]),
            Course(backends: [a], rounds: 3, endings: [.silent, .silent, .silent], dialled: [a, a, a]),
            Course(backends: [a, b], rounds: 4, endings: [.refused, .refused], dialled: [a, b]),
            Course(
                backends: [a, b], rounds: 3, endings: [.refused, .silent, .silent, .silent], dialled: [a, b, b, b]),
            Course(
                backends: [a, b], rounds: 3, endings: [.silent, .refused, .silent, .silent], dialled: [a, b, a, a]),
            Course(
                backends: [a, b, c], rounds: 4, endings: [.silent, .silent, .silent, .silent], dialled: [a, b, c, a]),
            Course(backends: [a, b, c], rounds: 2, endings: [.silent, .silent], dialled: [a, b]),
            // A refusal takes no round: there are as many refusals as there are backends.
            Course(backends: [a, b, c], rounds: 1, endings: [.refused, .refused, .refused], dialled: [a, b, c]),
            Course(backends: [a, b, c], rounds: 1, endings: [.refused, .refused, .silent], dialled: [a, b, c]),
            Course(
                backends: [a, b, c], rounds: 2, endings: [.refused, .silent, .refused, .silent], dialled: [a, b, c, b]),
            Course(backends: [a, b, c], rounds: 1, endings: [.silent], dialled: [a]),
        ])
    func order(_ course: Course) {
        let policy = DialPolicy(rounds: course.rounds)
        let set = BackendSet.empty.replaced(by: course.backends, nextTicket: 0)
        var dial = Dial(ticket: 0, version: set.version)
        var dialled: [Backend] = []
        var decision = policy.next(&dial, in: set)
        while case .dial(let backend) = decision, dialled.count < course.endings.count {
            if course.endings[dialled.count] == .refused { dial.wasRefused() } else { dial.round += 1 }
            dialled.append(backend)
            decision = policy.next(&dial, in: set)
        }
        #expect(dialled == course.dialled)
        #expect(decision == .refuse(.allBackendsFailed))
    }

    @Test("As many dials as a token can tell apart, over as many backends", arguments: [62, 63, 64, 65, 1000])
    func manyRefuse(_ count: Int) {
        let backends = (0..<count).map { Backend(address: 1, port: UInt16($0)) }
        let set = BackendSet.empty.replaced(by: backends, nextTicket: 0)
        var dial = Dial(ticket: 0, version: set.version)
        var dialled: [Backend] = []
        while case .dial(let backend) = DialPolicy(rounds: 1).next(&dial, in: set) {
            dialled.append(backend)
            dial.wasRefused()
            #expect(Token(backend: 0, generation: 1, attempt: dial.attempt).attempt == dial.attempt)
        }
        #expect(dialled == Array(backends.prefix(63)))
    }

    @Test("What the node lacked is named before what its backends did")
    func reasons() {
        var dial = Dial(ticket: 0, version: 0)
        #expect(dial.reason == .allBackendsFailed)
        dial.shortage = .descriptor
        #expect(dial.reason == .exhausted)
        dial.hadNoPort()
        #expect(dial.reason == .noLocalPort && dial.refused == 1)
    }

    @Test func withoutBackendsThereIsNothingToTry() {
        var dial = Dial(ticket: 0, version: 0)
        #expect(DialPolicy(rounds: 4).next(&dial, in: .empty) == .refuse(.noBackends))
    }

    @Test func aChangedListIsTriedFromItsBeginning() {
        let policy = DialPolicy(rounds: 4)
        let old = BackendSet.empty.replaced(by: [a], nextTicket: 0)
        var dial = Dial(ticket: 0, version: old.version)
        #expect(policy.next(&dial, in: old) == .dial(a))
        dial.wasRefused()
        let new = old.replaced(by: [b], nextTicket: 1)
        #expect(policy.next(&dial, in: new) == .dial(b))
        #expect(dial.attempt == 2)
        dial.wasRefused()
        #expect(policy.next(&dial, in: new.replaced(by: [], nextTicket: 1)) == .refuse(.noBackends))
    }
}
