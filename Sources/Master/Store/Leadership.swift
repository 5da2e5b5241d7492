/// Which of several masters leads. With one master on SQLite it always does.
public protocol LeaderElection: Sendable {
    /// This master's standing, now and whenever it changes: `leads` with a term that no leader before had, or follows and,
    /// where known, whom. Stops leading before its lease ends, also when the store cannot be reached.
    func standings() -> AsyncStream<LeaderStanding>
}

/// Who leads.
public enum LeaderStanding: Sendable, Equatable {
    /// This master does. `term` rises with every change of leader (PROTOCOL `lead`).
    case leads(term: UInt64)
    /// Another does, at this URL; `nil` while nobody is known to.
    case follows(leader: String?)
}
