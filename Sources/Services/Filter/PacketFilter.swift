/// The kernel's packet filter, as far as services need it: read what is ours, change what is ours. `IptablesFilter` is the
/// real one.
public protocol PacketFilter: Sendable {
    /// Reads what the nat table holds of ours. O(rules in the table).
    func inspect() async throws(FilterError) -> ChainState

    /// Makes the change in one transaction. After an error nothing of it is in force, except after `timedOut`: then nobody
    /// knows.
    func apply(_ transaction: RuleTransaction) async throws(FilterError)

    /// What an administrator should know about the filter although nothing is wrong with our rules: one sentence each.
    func warnings() async -> [String]
}

/// Why the packet filter could not be read or changed.
public struct FilterError: Error, Sendable, Equatable {
    /// What a caller may decide by. The raw value is the one word an ack shows as its reason.
    public enum Code: String, Sendable, CaseIterable {
        /// Another program held the lock of the tables for as long as we were ready to wait.
        case locked = "FilterLocked"
        /// The agent may not change the tables: it is not root, or lacks CAP_NET_ADMIN.
        case permissionDenied = "FilterPermissionDenied"
        /// The commands of this flavour are not installed.
        case notInstalled = "FilterNotInstalled"
        /// The kernel has no nat table of this flavour, or one this flavour's commands cannot work with.
        case unsupported = "FilterUnsupported"
        /// A line of the transaction was refused: a rule that cannot be, or a removal of what is not there.
        case refused = "RuleRefused"
        /// The command did not end within its deadline; whether the change is in force is not known.
        case timedOut = "FilterTimedOut"
        /// Anything else.
        case failed = "FilterFailed"
    }

    /// See `Code`.
    public var code: Code
    /// The command's own words, on one line.
    public var message: String
    /// With `refused`: the added rule the command complained of. A suspicion only, because iptables-nft counts some lines
    /// wrong and iptables-legacy blames `COMMIT` for what the kernel refuses.
    public var suspect: PortalRule?

    /// An error of `code` in the words of the command.
    public init(code: Code, message: String, suspect: PortalRule? = nil) {
        self.code = code
        self.message = message
        self.suspect = suspect
    }
}
