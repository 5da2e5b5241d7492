public import Machine

/// The packet filter behind the `iptables` commands: one `iptables-save` to read it, one `iptables-restore --noflush` to
/// change it.
public struct IptablesFilter: PacketFilter, FilterTables {
    /// How long a restore waits for the lock of x_tables (`-w`, whole seconds; iptables-nft needs none and ignores it). A full
    /// restore by another program takes seconds at thousands of rules; longer is that program's fault and worth reporting.
    public static let lockWait: Duration = .seconds(5)
    /// Beyond the wait for the lock: 10,000 rules take 0.3 s on an idle machine, this leaves a hundredfold.
    public static let workLimit: Duration = .seconds(30)
    /// 64 MiB of `iptables-save`: half a million rules, ours and others'.
    public static let outputLimit = 64 * 1024 * 1024
    /// Names the tables of x_tables that this network namespace uses. Asking iptables-legacy itself would create one.
    private static let legacyTables = "/proc/net/ip_tables_names"

    private let flavour: IptablesFlavour
    private let commands: any CommandRunning
    private let lockWait: Duration

    /// A filter that runs the commands of `flavour`.
    /// - Parameter lockWait: whole seconds, at least one.
    public init(
        _ flavour: IptablesFlavour, commands: any CommandRunning, lockWait: Duration = IptablesFilter.lockWait
    ) {
        self.flavour = flavour
        self.commands = commands
        self.lockWait = lockWait
    }

    /// See `PacketFilter`. One `iptables-save -t nat`.
    public func inspect() async throws(FilterError) -> ChainState {
        try IptablesText.chainState(in: try await saved(flavour))
    }

    /// See `PacketFilter`. One `iptables-restore --noflush -w`.
    public func apply(_ transaction: RuleTransaction) async throws(FilterError) {
        try await restore(IptablesText.input(for: transaction), applying: transaction)
    }

    /// See `FilterTables`. One `iptables-save -t <table>`.
    public func saved(table: String) async throws(FilterError) -> [UInt8] { try await saved(flavour, table: table) }

    /// See `FilterTables`. One `iptables-restore --noflush -w`.
    public func restore(_ input: [UInt8]) async throws(FilterError) { try await restore(input, applying: nil) }

    /// See `PacketFilter`. Says whether the other flavour's table holds a chain of ours too: left by an agent that used that
    /// one, its rules lead to ports nobody listens on, and the kernel may take them first.
    public func warnings() async -> [String] {
        do throws(FilterError) {
            let own = try await kind()
            let other: IptablesFlavour = own == .nft ? .legacy : .nft
            if other == .legacy, try await !isLegacyInUse() { return [] }
            guard try IptablesText.chainState(in: try await saved(other)).exists else { return [] }
            return [
                "\(other.rawValue) has a chain \(IptablesText.chain) too, left by another setting of the packet filter: "
                    + "its rules may be taken before those of \(own.rawValue)"
            ]
        } catch  where error.code == .notInstalled || error.code == .unsupported {
            // What cannot run or show its table holds nothing of ours that would work.
            return []
        } catch {
            return ["the other flavour of iptables could not be checked: \(error.message)"]
        }
    }

    /// Which of the two kinds the commands of `flavour` are.
    private func kind() async throws(FilterError) -> IptablesFlavour {
        guard flavour == .alternative else { return flavour }
        let output = try await run(Command(flavour.rawValue, ["--version"], deadline: Self.workLimit))
        return IptablesFlavour.named(in: output.outputText)
    }

    /// The file is absent until the kernel's module is loaded. Read by a command like everything else, because its size is
    /// said to be 0 and its content is that of the reader's namespace.
    private func isLegacyInUse() async throws(FilterError) -> Bool {
        let output = try await run(Command("cat", [Self.legacyTables], deadline: Self.workLimit))
        return output.outputText.split(separator: "\n").contains("nat")
    }

    /// - Parameter transaction: what the input was made from, to find the rule in it that is refused.
    private func restore(_ input: [UInt8], applying transaction: RuleTransaction?) async throws(FilterError) {
        let command = Command(
            flavour.restore, ["--noflush", "-w", "\(lockWait.components.seconds)"], input: input,
            deadline: lockWait + Self.workLimit)
        let output = try await run(command)
        guard output.status.isSuccess else {
            throw IptablesFailure.error(of: output, command: command.executable, applying: transaction)
        }
    }

    private func saved(
        _ flavour: IptablesFlavour, table: String = "nat"
    ) async throws(FilterError) -> [UInt8] {
        let command = Command(
            flavour.save, ["-t", table], deadline: Self.workLimit, outputLimit: Self.outputLimit)
        let output = try await run(command)
        guard output.status.isSuccess else {
            throw IptablesFailure.error(of: output, command: command.executable, applying: nil)
        }
        return output.standardOutput
    }

    private func run(_ command: Command) async throws(FilterError) -> CommandOutput {
        do {
            return try await commands.run(command)
        } catch {
            throw IptablesFailure.error(of: error)
        }
    }
}
