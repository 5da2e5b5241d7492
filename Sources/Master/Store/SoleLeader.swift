/// The one master of a SQLite store: always leads, each start with a term of its own.
public struct SoleLeader: LeaderElection {
    private let term: UInt64

    /// Begins a new term of `store`. Throws what its commit throws.
    public init(_ store: SQLiteStore) async throws(StoreError) {
        term = try await store.beginTerm()
    }

    /// `leads`, once; the stream stays open until it is let go.
    public func standings() -> AsyncStream<LeaderStanding> {
        let (stream, continuation) = AsyncStream.makeStream(of: LeaderStanding.self)
        continuation.yield(.leads(term: term))
        return stream
    }
}
