public import Services

/// A nat table a case can be run on: the kernel's of each flavour, or the fake.
public protocol NatTableBench: Sendable {
    /// What is tested.
    var filter: any PacketFilter { get }
    /// Empties the table, then lets another program's `iptables-restore --noflush` change it.
    func reset(_ text: String) async throws
    /// What `iptables-save -t nat` prints.
    func saved() async throws -> String
}

/// What every packet filter must do: a table, a transaction, and the table after it.
public struct PacketFilterCase: Sendable, CustomStringConvertible {
    /// What is seen after a transaction.
    public struct Outcome: Sendable, Equatable {
        /// As `inspect` tells.
        public var state: ChainState
        /// The code of the error of `apply`, if it threw.
        public var error: FilterError.Code?
        /// Every line of the saved table that is neither ours nor a comment, in order, less the counters of the chains.
        public var foreign: [String]
        /// The first rule of each hook.
        public var first: [NatHook: String]
    }

    /// What the case shows.
    public var description: String
    /// Lines another program restored before.
    public var before: [String]
    /// What is applied.
    public var transaction: RuleTransaction
    /// What `inspect` must tell after.
    public var expected: ChainState
    /// How `apply` must fail; `nil` if it must not.
    public var error: FilterError.Code?

    init(
        _ description: String, before: [String] = [], _ transaction: RuleTransaction, gives expected: ChainState,
        error: FilterError.Code? = nil
    ) {
        self.description = description
        self.before = before
        self.transaction = transaction
        self.expected = expected
        self.error = error
    }

    /// Lets the table be as before, applies, and looks. The lines of others as they were, and as they are.
    public func run(on bench: some NatTableBench) async throws -> (foreignBefore: [String], outcome: Outcome) {
        try await bench.reset((["*nat"] + before + ["COMMIT"]).joined(separator: "\n") + "\n")
        let foreignBefore = Self.foreign(in: try await bench.saved())
        var code: FilterError.Code?
        do throws(FilterError) {
            try await bench.filter.apply(transaction)
        } catch {
            code = error.code
        }
        let saved = try await bench.saved()
        let state = try await bench.filter.inspect()
        let lines = saved.split(separator: "\n").map(String.init)
        let first = NatHook.allCases.compactMap { hook in
            lines.first { $0.hasPrefix("-A \(hook.rawValue) ") }.map { (hook, $0) }
        }
        return (
            foreignBefore,
            Outcome(
                state: state, error: code, foreign: Self.foreign(in: saved),
                first: Dictionary(uniqueKeysWithValues: first))
        )
    }

    private static func foreign(in saved: String) -> [String] {
        let ours = NatHook.allCases.map { "-A \($0.rawValue) -j KUBE-PROXY" }
        return saved.split(separator: "\n").map(String.init).filter { line in
            !line.hasPrefix("#") && line != "-A KUBE-PROXY" && !line.hasPrefix("-A KUBE-PROXY ")
                && !line.hasPrefix(":KUBE-PROXY ")
                && !ours.contains(line)
        }.map { $0.hasPrefix(":") ? String($0.prefix { $0 != "[" }) : $0 }
    }
}
