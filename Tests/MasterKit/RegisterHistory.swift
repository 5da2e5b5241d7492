/// What clients did to one register and saw of it: enough to say whether there is an order in which it could have happened
/// one at a time, each operation between its call and its answer (linearizability; Wing and Gong, "Testing and Verifying
/// Concurrent Objects", 1993). The register holds a number, 0 for nothing.
public struct RegisterHistory: Sendable {
    /// One call.
    public struct Operation: Sendable, Equatable {
        /// What was asked, with what was answered.
        public enum Kind: Sendable, Equatable {
            /// The register was read and had this value.
            case read(UInt64)
            /// It had the first value and was given the second.
            case swapped(from: UInt64, to: UInt64)
            /// It was to have this value and did not.
            case refused(from: UInt64)
            /// No answer came: it was swapped at any time after the call, or never.
            case unknown(from: UInt64, to: UInt64)
        }

        /// What was asked and answered.
        public var kind: Kind
        /// When it was called: any clock that all clients share.
        public var called: Int
        /// When it was answered; without an answer, `Int.max`.
        public var answered: Int

        /// A call.
        public init(_ kind: Kind, called: Int, answered: Int = .max) {
            self.kind = kind
            self.called = called
            self.answered = answered
        }
    }

    /// How many operations of one register can be looked at.
    public static let limit = 64

    /// In any order.
    public var operations: [Operation]

    /// What clients did and saw.
    public init(_ operations: [Operation] = []) {
        self.operations = operations
    }

    /// Whether there is such an order. Takes at most `limit` operations; of concurrent ones, the time grows with 2 to the
    /// power of how many there are at once.
    public var isLinearizable: Bool {
        precondition(operations.count <= Self.limit, "too many operations of one register")
        var search = Search(operations: operations)
        return search.completes(done: 0, value: 0)
    }

    private struct Search {
        let operations: [Operation]
        var seen: Set<State> = []

        struct State: Hashable {
            var done: UInt64
            var value: UInt64
        }

        /// Whether the rest can follow on what is `done` (a bit per operation) and left `value`.
        mutating func completes(done: UInt64, value: UInt64) -> Bool {
            let open = operations.indices.filter { done & (1 << UInt64($0)) == 0 }
            // What was never answered need not have happened.
            guard let deadline = open.map({ operations[$0].answered }).min(), deadline != .max else { return true }
            guard seen.insert(State(done: done, value: value)).inserted else { return false }
            for index in open where operations[index].called <= deadline {
                guard let next = result(of: operations[index].kind, on: value) else { continue }
                if completes(done: done | (1 << UInt64(index)), value: next) { return true }
            }
            return false
        }

        /// The register's value after the operation; `nil` when it could not have been answered so.
        private func result(of kind: Operation.Kind, on value: UInt64) -> UInt64? {
            switch kind {
            case .read(let seen): seen == value ? value : nil
            case .swapped(let from, let to), .unknown(let from, let to): from == value ? to : nil
            case .refused(let from): from == value ? nil : value
            }
        }
    }
}
