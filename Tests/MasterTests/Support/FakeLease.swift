import NodeKit
import Synchronization

@testable import Master

/// etcd's side, as far as the election sees it. Leases do not end by themselves.
final class FakeLease: LeaderLease {
    enum Fault {
        /// Renewals are refused at once.
        case refuses
        /// Renewals are not answered.
        case hangs
        /// Claims are made, but their answer does not come.
        case losesClaim
    }

    private struct State {
        var holder: Candidate?
        var owner: LeaseID?
        var revision: UInt64 = 100
        var lastLease: UInt64 = 0
        var granted: Set<LeaseID> = []
        var renewals = 0
        var claims = 0
        var looks = 0
        var fault: Fault?
        var highestTerm: UInt64 = 0
    }

    private let state = Mutex(State())
    private let clock: ManualClock

    init(_ clock: ManualClock) {
        self.clock = clock
    }

    var renewals: Int { state.withLock { $0.renewals } }
    var claims: Int { state.withLock { $0.claims } }
    var looks: Int { state.withLock { $0.looks } }
    var highestTerm: UInt64 { state.withLock { $0.highestTerm } }
    var granted: Set<LeaseID> { state.withLock { $0.granted } }

    var fault: Fault? {
        get { state.withLock { $0.fault } }
        set { state.withLock { $0.fault = newValue } }
    }

    /// Setting it is another master's doing.
    var holder: Candidate? {
        get { state.withLock { $0.holder } }
        set {
            state.withLock { state in
                state.holder = newValue
                state.owner = nil
            }
        }
    }

    func holder() async throws(StoreError) -> Candidate? {
        state.withLock { state in
            state.looks += 1
            return state.holder
        }
    }

    func grant(seconds: Int) async throws(StoreError) -> LeaseID {
        state.withLock { state in
            state.lastLease += 1
            let id = LeaseID(number: state.lastLease)
            state.granted.insert(id)
            return id
        }
    }

    func claim(_ lease: LeaseID, as candidate: Candidate) async throws(StoreError) -> LeaderClaim {
        let (claim, fault) = state.withLock { state -> (LeaderClaim, Fault?) in
            state.claims += 1
            if let holder = state.holder { return (.lost(to: holder), state.fault) }
            state.revision += 1
            state.holder = candidate
            state.owner = lease
            if state.highestTerm >= state.revision { state.highestTerm += 1 }
            let term = max(state.highestTerm, state.revision)
            return (.won(term: term, fence: LeadFence(created: state.revision)), state.fault)
        }
        if fault == .losesClaim { throw StoreError(.unavailable, "no answer") }
        return claim
    }

    func raise(above term: UInt64, fence: LeadFence) async throws(StoreError) -> UInt64? {
        state.withLock { state in
            guard state.owner != nil, fence.created == state.revision else { return nil }
            state.highestTerm = term + 1
            return term + 1
        }
    }

    func renew(_ lease: LeaseID, fence: LeadFence) async throws(StoreError) -> Bool {
        switch fault {
        case .refuses: throw StoreError(.unavailable, "refused")
        case .hangs:
            do { try await clock.sleep(for: .seconds(100_000)) } catch {}
            throw StoreError(.unavailable, "hung")
        case .losesClaim, nil: break
        }
        return state.withLock { state in
            state.renewals += 1
            return state.owner == lease && state.granted.contains(lease)
        }
    }

    func release(_ lease: LeaseID) async throws(StoreError) {
        state.withLock { state in
            state.granted.remove(lease)
            guard state.owner == lease else { return }
            state.owner = nil
            state.holder = nil
        }
    }
}
