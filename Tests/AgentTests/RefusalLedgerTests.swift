import Testing
import Wire

@testable import Agent

@Suite("Lines for refused handshakes")
struct RefusalLedgerTests {
    private let start = ContinuousClock.now

    @Test("one line per address and kind in a minute, the next one with how many there were")
    func counted() {
        var ledger = RefusalLedger()
        let rows: [(second: Int, address: String, code: WireError.Code, untold: Int?)] = [
            (0, "10.0.0.1", .certificateInvalid, 0),
            (1, "10.0.0.1", .certificateInvalid, nil),
            (2, "10.0.0.1", .notTheProtocol, 0),
            (3, "10.0.0.2", .certificateInvalid, 0),
            (59, "10.0.0.1", .certificateInvalid, nil),
            (60, "10.0.0.1", .certificateInvalid, 2),
            (61, "10.0.0.1", .certificateInvalid, nil),
            (300, "10.0.0.1", .certificateInvalid, 1),
        ]
        for row in rows {
            #expect(ledger.note(row.address, row.code, now: start + .seconds(row.second)) == row.untold, "\(row)")
        }
    }

    @Test("a flood of addresses costs a bounded number of lines, and the next minute begins anew")
    func flood() {
        var ledger = RefusalLedger()
        for round in 0..<3 {
            let now = start + RefusalLedger.interval * round
            let lines = (0..<1_000).filter { ledger.note("address \($0)", .notTheProtocol, now: now) != nil }
            #expect(lines.count == RefusalLedger.limit + 1, "round \(round)")
        }
    }
}
