import MasterKit
import Testing

@Suite("The check of histories")
struct RegisterHistoryTests {
    struct Row: CustomStringConvertible {
        let description: String
        let isPossible: Bool
        let operations: [RegisterHistory.Operation]

        init(_ description: String, _ isPossible: Bool, _ operations: RegisterHistory.Operation...) {
            self.description = description
            self.isPossible = isPossible
            self.operations = operations
        }
    }

    static let rows: [Row] = [
        Row("nothing happened", true),
        Row("written, then read", true, op(.swapped(from: 0, to: 1), 1, 2), op(.read(1), 3, 4)),
        Row("an acked write is lost", false, op(.swapped(from: 0, to: 1), 1, 2), op(.read(0), 3, 4)),
        Row("a read during the write sees either", true, op(.swapped(from: 0, to: 1), 1, 4), op(.read(0), 2, 3)),
        Row(
            "two reads during a write see it go back", false, op(.swapped(from: 0, to: 1), 1, 9), op(.read(1), 2, 3),
            op(.read(0), 4, 5)),
        Row(
            "two swap the same value", false, op(.swapped(from: 0, to: 1), 1, 4), op(.swapped(from: 0, to: 2), 2, 3)),
        Row("one of two is refused", true, op(.swapped(from: 0, to: 1), 1, 4), op(.refused(from: 0), 2, 3)),
        Row("refused without a reason", false, op(.refused(from: 0), 1, 2), op(.swapped(from: 0, to: 1), 3, 4)),
        Row("an unanswered write took effect", true, op(.unknown(from: 0, to: 1), 1), op(.read(1), 5, 6)),
        Row("an unanswered write did not", true, op(.unknown(from: 0, to: 1), 1), op(.read(0), 5, 6)),
        Row(
            "an unanswered write takes effect late", true, op(.unknown(from: 0, to: 1), 1), op(.read(0), 5, 6),
            op(.read(1), 7, 8)),
        Row(
            "an unanswered write is undone", false, op(.unknown(from: 0, to: 1), 1), op(.read(1), 5, 6),
            op(.read(0), 7, 8)),
        Row("a value from nowhere", false, op(.swapped(from: 0, to: 1), 1, 2), op(.read(7), 3, 4)),
    ]

    @Test("says what can have happened", arguments: rows)
    func judges(_ row: Row) {
        #expect(RegisterHistory(row.operations).isLinearizable == row.isPossible)
    }

    @Test("looks at 64 operations of six clients in no time")
    func isQuick() {
        let writes = (0..<10).map { op(.swapped(from: UInt64($0), to: UInt64($0) + 1), $0 * 10, $0 * 10 + 9) }
        let reads = (0..<54).map { op(.read(UInt64($0 / 6)), $0 / 6 * 10, $0 / 6 * 10 + 9) }
        #expect(RegisterHistory(writes + reads).isLinearizable)
    }
}

private func op(
    _ kind: RegisterHistory.Operation.Kind, _ called: Int, _ answered: Int = .max
) -> RegisterHistory.Operation {
    RegisterHistory.Operation(kind, called: called, answered: answered)
}
