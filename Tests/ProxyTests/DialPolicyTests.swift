import Testing

@testable import Proxy

private let a = Backend(address: 1, port: 1)
private let b = Backend(address: 2, port: 1)
private let c = Backend(address: 3, port: 1)

@Suite struct DialPolicyTests {
    enum Ending: Sendable { case refused, silent }

    struct Course: Sendable {
        let backends: [Backend]
        let attempts: Int
        let endings: [Ending]
        let dialled: [Backend]
    }

    @Test(
        "Distinct backends first, silent ones again, refusing ones never",
        arguments: [
            Course(backends: [a], attempts: 4, endings: [.refused], dialled: [a]),
            Course(backends: [a], attempts: 3, endings: [.silent, .silent, .silent], dialled: [a, a, a]),
            Course(backends: [a, b], attempts: 4, endings: [.refused, .refused], dialled: [a, b]),
            Course(
                backends: [a, b], attempts: 4, endings: [.refused, .silent, .silent, .silent], dialled: [a, b, b, b]),
            Course(
                backends: [a, b], attempts: 4, endings: [.silent, .refused, .silent, .silent], dialled: [a, b, a, a]),
            Course(
                backends: [a, b, c], attempts: 4, endings: [.silent, .silent, .silent, .silent], dialled: [a, b, c, a]),
            Course(backends: [a, b, c], attempts: 2, endings: [.refused, .refused], dialled: [a, b]),
            Course(backends: [a, b, c], attempts: 1, endings: [.silent], dialled: [a]),
        ])
    func order(_ course: Course) {
        let policy = DialPolicy(attempts: course.attempts)
        let set = BackendSet.empty.replaced(by: course.backends, nextTicket: 0)
        var dial = Dial(ticket: 0, version: set.version)
        var dialled: [Backend] = []
        var decision = policy.next(&dial, in: set)
        while case .dial(let backend) = decision, dialled.count < course.endings.count {
            if course.endings[dialled.count] == .refused { dial.wasRefused() }
            dialled.append(backend)
            decision = policy.next(&dial, in: set)
        }
        #expect(dialled == course.dialled)
        #expect(decision == .refuse(.allBackendsFailed))
    }

    @Test func withoutBackendsThereIsNothingToTry() {
        var dial = Dial(ticket: 0, version: 0)
        #expect(DialPolicy(attempts: 4).next(&dial, in: .empty) == .refuse(.noBackends))
    }

    @Test func aChangedListIsTriedFromItsBeginning() {
        let policy = DialPolicy(attempts: 4)
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
