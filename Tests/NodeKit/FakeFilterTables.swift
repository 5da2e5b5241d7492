public import Services
import Synchronization

/// The nat and filter tables in memory, as `iptables-save` and `iptables-restore` show and change them.
public final class FakeFilterTables: FilterTables {
    private struct State {
        var tables = [
            "nat": FakeNatTable(), "filter": FakeNatTable("filter", chains: ["INPUT", "FORWARD", "OUTPUT"]),
        ]
        var failure: FilterError?
        var calls = 0
    }

    private let state = Mutex(State())

    /// Tables with nothing but the built-in chains.
    public init() {}

    /// How many times they were read or changed.
    public var calls: Int { state.withLock { $0.calls } }

    /// Every call fails with `error` from here on; `nil` ends that.
    public func fail(with error: FilterError?) { state.withLock { $0.failure = error } }

    /// The rules of a table, as `iptables-save` prints them.
    public func rules(_ table: String) -> [String] {
        let text = state.withLock { $0.tables[table]?.saved ?? "" }
        return text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("-A") }
    }

    /// Plays another program's change of a table.
    public func edit(_ table: String, _ lines: String...) throws(FakeNatTable.Refusal) {
        let text = (["*\(table)"] + lines + ["COMMIT"]).joined(separator: "\n")
        try state.withLock { state throws(FakeNatTable.Refusal) in try state.tables[table]?.restore(text) }
    }

    /// See `FilterTables`.
    public func saved(table: String) async throws(FilterError) -> [UInt8] {
        try begin()
        return state.withLock { Array(($0.tables[table]?.saved ?? "").utf8) }
    }

    /// See `FilterTables`.
    public func restore(_ input: [UInt8]) async throws(FilterError) {
        try begin()
        let text = String(decoding: input, as: UTF8.self)
        let table = text.split(separator: "\n").first.map { String($0.dropFirst()) } ?? ""
        do throws(FakeNatTable.Refusal) {
            try state.withLock { state throws(FakeNatTable.Refusal) in try state.tables[table]?.restore(text) }
        } catch {
            throw FilterError(code: .refused, message: "line \(error.line): \(error.message)")
        }
    }

    private func begin() throws(FilterError) {
        let failure = state.withLock { state in
            state.calls += 1
            return state.failure
        }
        if let failure { throw failure }
    }
}
