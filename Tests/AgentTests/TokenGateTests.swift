import Testing

@testable import Agent

@Suite struct TokenGateTests {
    private let now = ContinuousClock.now

    @Test(arguments: [("secret", true), ("secreT", false), ("secre", false), ("secrets", false), ("", false)])
    func onlyTheTokenIsAdmitted(_ row: (given: String, isAdmitted: Bool)) {
        let gate = TokenGate(token: Array("secret".utf8))
        #expect(gate.admits(row.given, from: "10.0.0.1", now: now) == row.isAdmitted)
    }

    @Test func anEmptyTokenAdmitsNobody() {
        #expect(!TokenGate(token: []).admits("", from: "10.0.0.1", now: now))
    }

    @Test func linesWithoutATokenCountToo() {
        let gate = TokenGate(token: Array("secret".utf8))
        for _ in 0..<TokenGate.triesPerAddress { #expect(!gate.admits(nil, from: "10.0.0.1", now: now)) }
        #expect(gate.isBarred("10.0.0.1", now: now))
    }

    @Test func anAddressIsBarredAfterItsTriesAndForgivenLater() {
        let gate = TokenGate(token: Array("secret".utf8))
        for _ in 0..<TokenGate.triesPerAddress {
            #expect(!gate.isBarred("10.0.0.1", now: now))
            _ = gate.admits("wrong", from: "10.0.0.1", now: now)
        }
        #expect(gate.isBarred("10.0.0.1", now: now))
        #expect(!gate.isBarred("10.0.0.2", now: now))
        #expect(!gate.isBarred("10.0.0.1", now: now + TokenGate.window + .seconds(1)))
    }

    @Test func manyAddressesDoNotPushOutTheNewest() {
        let gate = TokenGate(token: Array("secret".utf8))
        for number in 0..<(TokenGate.addressLimit * 2) {
            _ = gate.admits("wrong", from: "address \(number)", now: now + .milliseconds(number))
        }
        let newest = "address \(TokenGate.addressLimit * 2 - 1)"
        for _ in 1..<TokenGate.triesPerAddress { _ = gate.admits("wrong", from: newest, now: now + .seconds(5)) }
        #expect(gate.isBarred(newest, now: now + .seconds(5)))
    }
}
