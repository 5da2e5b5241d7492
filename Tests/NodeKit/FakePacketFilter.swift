import Machine
public import Services
import Synchronization

/// A packet filter over a table in memory. It goes through the same text as the real one, and can be told to fail.
public final class FakePacketFilter: PacketFilter {
    /// Whom it names when it refuses a rule.
    public enum Accusation: Sendable {
        /// The rule itself.
        case right
        /// The rule before it in the transaction: iptables-nft counts some lines wrong.
        case wrong
        /// Nobody: iptables-legacy blames the line `COMMIT` for what the kernel refuses.
        case none
    }

    private struct State {
        var table = FakeNatTable()
        var transactions: [RuleTransaction] = []
        var inspections = 0
        var failures: [FilterError] = []
        var outage: FilterError?
        var warnings: [String] = []
        var refuses: @Sendable (PortalRule) -> Bool = { _ in false }
        var accusation = Accusation.right
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var afterChange: @Sendable (ChainState) -> Void = { _ in }
    }

    private let state = Mutex(State())

    /// A filter over an empty table.
    public init() {}

    /// The table; setting it plays what others do to it.
    public var table: FakeNatTable {
        get { state.withLock { $0.table } }
        set { state.withLock { $0.table = newValue } }
    }

    /// Plays another program's `iptables-restore --noflush`.
    public func restore(_ lines: String...) throws(FakeNatTable.Refusal) {
        try state.withLock { state throws(FakeNatTable.Refusal) in
            try state.table.restore((["*nat"] + lines + ["COMMIT"]).joined(separator: "\n"))
        }
    }

    /// Every transaction that was tried, in order, the refused ones included.
    public var transactions: [RuleTransaction] { state.withLock { $0.transactions } }
    /// How often the table was read.
    public var inspections: Int { state.withLock { $0.inspections } }
    /// Transactions that wait because of `hold`.
    public var heldCount: Int { state.withLock { $0.held.count } }

    /// Forgets `transactions` and `inspections`.
    public func forget() {
        state.withLock { state in
            state.transactions = []
            state.inspections = 0
        }
    }

    /// The next transactions fail with these, one each.
    public func failNext(_ errors: FilterError...) { state.withLock { $0.failures += errors } }

    /// Every inspection and transaction fails with this until it is `nil` again.
    public func breakDown(_ error: FilterError?) { state.withLock { $0.outage = error } }

    /// Refuses transactions that add such a rule.
    public func refuse(_ accusation: Accusation, _ isBad: @escaping @Sendable (PortalRule) -> Bool) {
        state.withLock { state in
            state.refuses = isBad
            state.accusation = accusation
        }
    }

    /// What `warnings()` answers from now on.
    public func warn(_ warnings: [String]) { state.withLock { $0.warnings = warnings } }

    /// Called with the new state of our chain after each transaction that succeeded.
    public func afterChange(_ look: @escaping @Sendable (ChainState) -> Void) {
        state.withLock { $0.afterChange = look }
    }

    /// Transactions wait from now on, before they do anything.
    public func hold() { state.withLock { $0.isHeld = true } }

    /// Those that wait go on, and no other waits.
    public func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// See `PacketFilter`.
    public func inspect() async throws(FilterError) -> ChainState {
        let text = try state.withLock { state throws(FilterError) in
            state.inspections += 1
            if let outage = state.outage { throw outage }
            return state.table.saved
        }
        return try IptablesText.chainState(in: Array(text.utf8))
    }

    /// See `PacketFilter`.
    public func apply(_ transaction: RuleTransaction) async throws(FilterError) {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if state.isHeld { state.held.append(continuation) }
                return !state.isHeld
            }
            if goesOn { continuation.resume() }
        }
        let look = try state.withLock { state throws(FilterError) in
            state.transactions.append(transaction)
            if let outage = state.outage { throw outage }
            if !state.failures.isEmpty { throw state.failures.removeFirst() }
            try Self.refuse(transaction, state)
            let text = String(decoding: IptablesText.input(for: transaction), as: UTF8.self)
            do throws(FakeNatTable.Refusal) {
                try state.table.restore(text)
            } catch {
                throw FilterError(
                    code: .refused, message: "line \(error.line) failed: \(error.message)",
                    suspect: IptablesText.addedRule(of: transaction, atLine: error.line))
            }
            return state.afterChange
        }
        look(try await inspectQuietly())
    }

    /// See `PacketFilter`.
    public func warnings() async -> [String] { state.withLock { $0.warnings } }

    private func inspectQuietly() async throws(FilterError) -> ChainState {
        try IptablesText.chainState(in: Array(table.saved.utf8))
    }

    private static func refuse(_ transaction: RuleTransaction, _ state: borrowing State) throws(FilterError) {
        guard let index = transaction.added.firstIndex(where: state.refuses) else { return }
        let suspect: PortalRule? =
            switch state.accusation {
            case .right: transaction.added[index]
            case .wrong: index > 0 ? transaction.added[index - 1] : nil
            case .none: nil
            }
        throw FilterError(code: .refused, message: "the kernel dislikes it", suspect: suspect)
    }
}
