import Machine
import MasterKit
import NodeKit
import Synchronization
import Testing

@testable import Master

@Suite("The election")
struct ElectionTests {
    private let clock = ManualClock()
    private let lease: FakeLease
    private let election: EtcdElection

    init() {
        lease = FakeLease(clock)
        election = EtcdElection(
            lease, url: "http://us", timing: ElectionTiming.standard, time: MonotonicTime(clock))
    }

    @Test("is won where nobody leads, and the leader renews its lease and its term stays")
    func leads() async throws {
        try await running {
            try await standing(lead(101))
            for renewals in 1...10 {
                let next = clock.now.advanced(by: .seconds(2))
                try await eventually("a pause") { clock.nextDeadline == next }
                clock.advance(by: .seconds(2))
                try await eventually("renewal \(renewals)") { lease.renewals == renewals }
            }
            #expect(await current() == lead(101))
        }
    }

    @Test("is lost where another leads, and won when its key has gone, by a later term")
    func follows() async throws {
        lease.holder = "http://them"
        try await running {
            try await standing(.follows(leader: "http://them"))
            lease.holder = nil
            try await advance(.seconds(1))
            try await standing(lead(101))
        }
    }

    @Test(
        "is over 3 s before the lease ends when no renewal comes through, refused or hanging", arguments: [true, false])
    func stopsInTime(hangs: Bool) async throws {
        try await running {
            try await standing(lead(101))
            lease.fault = hangs ? .hangs : .refuses
            while clock.now < ManualClock.Instant().advanced(by: .milliseconds(6900)) {
                #expect(await current() == lead(101))
                try await advance(.milliseconds(100))
            }
            try await advance(.milliseconds(100))
            try await standing(.follows(leader: nil))
            #expect(lease.renewals == 0)
        }
    }

    @Test("is over at once when the lease has ended or the key is another's")
    func stopsWhenLost() async throws {
        try await running {
            try await standing(lead(101))
            lease.holder = "http://them"
            try await advance(.seconds(2))
            try await standing(.follows(leader: nil))
            try await advance(.seconds(1))
            try await standing(.follows(leader: "http://them"))
        }
    }

    @Test("is over when the process has slept past it, before anything else is tried")
    func stopsAfterSleep() async throws {
        try await running {
            try await standing(lead(101))
            try await advance(.seconds(3600))
            try await standing(.follows(leader: nil))
            #expect(lease.renewals == 0)
        }
    }

    @Test("gives the lease back when the master stops")
    func releases() async throws {
        try await running { try await standing(lead(101)) }
        #expect(lease.holder == nil)
        #expect(lease.granted == [])
        #expect(await current() == .follows(leader: nil))
    }

    @Test("does not forward to itself: a key of our URL that we do not lead by is nobody's")
    func isNotItsOwnFollower() async throws {
        lease.holder = "http://us"
        try await running {
            try await eventually("a look") { lease.looks > 0 }
            #expect(await current() == .follows(leader: nil))
        }
    }

    @Test("goes on with a higher term when a minion has seen one, and so does every leader after it")
    func outranks() async throws {
        try await running {
            try await standing(lead(101))
            await election.outrank(100)
            #expect(await current() == lead(101), "a lower one is no reason")
            await election.outrank(Lead.termLimit + 1)
            #expect(await current() == lead(101), "nor is one that nobody can go on from")
            await election.outrank(500)
            #expect(await current() == lead(101, term: 501))
            lease.holder = "http://them"
            try await advance(.seconds(2))
            try await standing(.follows(leader: nil))
            lease.holder = nil
            try await advance(.seconds(1))
            try await standing(lead(102, term: 502))
        }
    }

    @Test("notes no higher term once another leads, which is why the minion knows one")
    func doesNotOutrankItsSuccessor() async throws {
        try await running {
            try await standing(lead(101))
            lease.holder = "http://them"
            await election.outrank(500)
            #expect(lease.highestTerm == 0)
            #expect(await current() == lead(101))
        }
    }

    @Test("gives the lease back when the answer to its claim is lost")
    func releasesUnknownClaim() async throws {
        lease.fault = .losesClaim
        try await running {
            try await eventually("a claim and its end") { lease.claims == 1 && lease.granted.isEmpty }
            lease.fault = nil
            try await advance(.seconds(1))
            try await standing(lead(102))
        }
    }

    private func lead(_ created: UInt64, term: UInt64? = nil) -> LeaderStanding {
        .leads(Lead(term: term ?? created, fence: LeadFence(created: created)))
    }

    private func running(_ body: () async throws -> Void) async throws {
        let task = Task { await election.run() }
        defer { task.cancel() }
        try await body()
        task.cancel()
        await task.value
    }

    private func current() async -> LeaderStanding? { await election.standings().first { _ in true } }

    private func standing(_ wanted: LeaderStanding) async throws {
        try await eventually("standing", read: { await current() }, until: { $0 == wanted })
    }

    /// Moves the clock once somebody sleeps.
    private func advance(_ duration: Duration) async throws {
        try await eventually("somebody asleep") { clock.sleeperCount > 0 }
        clock.advance(by: duration)
    }
}

/// etcd's side, as far as the election sees it. Leases do not end by themselves.
private final class FakeLease: LeaderLease {
    enum Fault {
        /// Renewals are refused at once.
        case refuses
        /// Renewals are not answered.
        case hangs
        /// Claims are made, but their answer does not come.
        case losesClaim
    }

    private struct State {
        var holder: String?
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
    var holder: String? {
        get { state.withLock { $0.holder } }
        set {
            state.withLock { state in
                state.holder = newValue
                state.owner = nil
            }
        }
    }

    func holder() async throws(StoreError) -> String? {
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

    func claim(_ lease: LeaseID, url: String) async throws(StoreError) -> LeaderClaim {
        let (claim, fault) = state.withLock { state -> (LeaderClaim, Fault?) in
            state.claims += 1
            if let holder = state.holder { return (.lost(to: holder), state.fault) }
            state.revision += 1
            state.holder = url
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
