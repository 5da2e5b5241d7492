/// Which of several masters leads. With one master on SQLite it always does.
public protocol LeaderElection: Sendable {
    /// This master's standing, now and whenever it changes: `leads` with a term that no leader before had, or follows and,
    /// where known, whom. Stops leading before its lease ends, also when the store cannot be reached.
    func standings() -> AsyncStream<LeaderStanding>

    /// This master's standing now.
    var standing: LeaderStanding { get }

    /// Leads with a term above `term`, which a minion has seen and which is not below ours: the store was put back to an
    /// earlier state, or the minion comes from another cluster. Does nothing where this master leads no more, which is the
    /// other reason for a minion to know of a higher term, nor for a term above `Lead.termLimit`.
    func outrank(_ term: UInt64) async
}

/// Who leads.
public enum LeaderStanding: Sendable, Equatable {
    /// This master does.
    case leads(Lead)
    /// Another does, at this URL; `nil` while nobody is known to.
    case follows(leader: String?)
    /// Another does, to which nothing can be passed on, for the reason given, which says what to do.
    case cannotReach(String)
}

/// What a master leads by.
public struct Lead: Sendable, Equatable {
    /// The highest term there can be: a number every JSON reader holds (RFC 8259 §6).
    public static let highestTerm: UInt64 = 1 << 53
    /// The highest term a minion may ask to be outranked: as many leaders again can follow after it.
    public static let termLimit: UInt64 = 1 << 52

    /// What minions are told: rises with every change of leader (PROTOCOL `lead`).
    public var term: UInt64
    /// What the store is told with each write; `nil` where nobody else can lead.
    public var fence: LeadFence?

    /// A lead of `term`.
    public init(term: UInt64, fence: LeadFence? = nil) {
        self.term = term
        self.fence = fence
    }
}

/// What a store checks in the same transaction as a write: that the lead it was made under is not over.
public struct LeadFence: Sendable, Equatable {
    /// The revision that made the leader's key. A leader after it has made another.
    public var created: UInt64

    /// The fence of the lead that the revision `created` began.
    public init(created: UInt64) {
        self.created = created
    }
}
