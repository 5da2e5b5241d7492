/// A lease on who leads: a key that ends with the lease, and that only one can make.
protocol LeaderLease: Sendable {
    /// Who leads; `nil` for nobody.
    func holder() async throws(StoreError) -> Candidate?
    /// A lease that ends by itself `seconds` after the call was made or later, unless it is renewed.
    func grant(seconds: Int) async throws(StoreError) -> LeaseID
    /// Makes the key under the lease. The term is the revision that made it or, where terms have run ahead of the revisions,
    /// one above the highest there was.
    func claim(_ lease: LeaseID, as candidate: Candidate) async throws(StoreError) -> LeaderClaim
    /// Begins the lease's time anew.
    /// - Returns: whether it was still there, and the key of `fence` with it.
    func renew(_ lease: LeaseID, fence: LeadFence) async throws(StoreError) -> Bool
    /// Notes that a term above `term` is led by under the key of `fence`, so that every later one is above it too.
    /// - Returns: that term; `nil` when the lead is over.
    func raise(above term: UInt64, fence: LeadFence) async throws(StoreError) -> UInt64?
    /// Ends the lease, and the key with it. What has ended already is no error.
    func release(_ lease: LeaseID) async throws(StoreError)
}

/// etcd's number of a lease.
struct LeaseID: Sendable, Hashable {
    let number: UInt64
}

/// What comes of a try to lead.
enum LeaderClaim: Sendable, Equatable {
    /// The key is ours, and the lead with it.
    case won(term: UInt64, fence: LeadFence)
    /// Another was first; `nil` where it has gone already.
    case lost(to: Candidate?)
}
