/// How far one object has got on one minion.
public struct PushStanding: Sendable, Equatable {
    /// The steps on the way to a minion (PROTOCOL "Replies").
    public enum Phase: Sendable, Equatable {
        /// Not sent yet, or not since the minion was lost.
        case waiting
        /// Sent; the minion has not said that it is stored.
        case sent
        /// On the minion's disk.
        case received
        /// The minion is as wanted.
        case applied
        /// Stored and not converged; the minion tries on.
        case failed(reason: String, message: String, retryIn: Duration?)
        /// Refused as it is: code and reason of a `Status`.
        case refused(code: Int, reason: String, message: String)
    }

    /// Whether the minion is spoken with.
    public enum Connection: Sendable, Equatable {
        case connected
        /// Lost or never made; with the reason.
        case lost(reason: String)
    }

    /// The step.
    public var phase: Phase
    /// When it was reached, by the master's monotonic clock; `nil` where it was not noted one by one.
    public var since: Duration?
    /// The store's revision of the change that is meant.
    public var version: UInt64
    /// Whether the change is a removal.
    public var isRemoval: Bool
    /// Whether the minion is spoken with.
    public var connection: Connection
    /// When the minion was last heard of, by the master's monotonic clock.
    public var lastHeard: Duration?
}
