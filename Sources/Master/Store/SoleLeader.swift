/// The one master of a SQLite store: always leads, each start with a term of its own.
public final class SoleLeader: LeaderElection {
    private let store: SQLiteStore
    private let board: StandingBoard

    /// Begins a new term of `store`. Throws what its commit throws.
    public init(_ store: SQLiteStore) async throws(StoreError) {
        self.store = store
        board = StandingBoard(.leads(Lead(term: try await store.beginTerm())))
    }

    /// See `LeaderElection`. The stream stays open until it is let go.
    public func standings() -> AsyncStream<LeaderStanding> { board.standings() }

    /// See `LeaderElection`.
    public var standing: LeaderStanding { board.standing }

    /// See `LeaderElection`. A store that fails now is asked again at the next minion's word.
    public func outrank(_ term: UInt64) async {
        guard case .leads(let lead) = standing, lead.term <= term, term <= Lead.termLimit else { return }
        do throws(StoreError) {
            board.announce(.leads(Lead(term: try await store.beginTerm(above: term))))
        } catch {
            // The store's trouble is told by whoever cannot do without it.
        }
    }
}
