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
    private let log = RecordingLog()
    private let us = Candidate(url: "http://us", id: "1")
    private let them = Candidate(url: "http://them", id: "2")
    private let election: EtcdElection

    init() {
        lease = FakeLease(clock)
        election = EtcdElection(
            lease, as: us, timing: ElectionTiming.standard, time: MonotonicTime(clock), logger: log.logger)
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
        lease.holder = them
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
            lease.holder = them
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

    @Test(
        "does not forward to itself: a key of our URL that we do not lead by is nobody's, of this process or of one before",
        arguments: ["1", "0", ""])
    func isNotItsOwnFollower(id: String) async throws {
        lease.holder = Candidate(url: "http://us", id: id)
        try await running {
            try await eventually("a look") { lease.looks > 0 }
            for looks in 1..<20 {
                try await advance(.seconds(1))
                try await eventually("another look") { lease.looks > looks }
                #expect(await current() == .follows(leader: nil))
            }
            lease.holder = nil
            try await advance(.seconds(1))
            try await standing(lead(101))
            #expect(log.messages(with: "advertiseUrl").isEmpty)
        }
    }

    @Test("is not forwarded to a living master of the same URL, of which it is said once what to do")
    func namesake() async throws {
        lease.holder = Candidate(url: "http://us", id: "3")
        try await running {
            for looks in 0..<25 {
                try await eventually("a look") { lease.looks > looks }
                try await advance(.seconds(1))
            }
            try await eventually("its standing") {
                guard case .cannotReach(let why)? = await current() else { return false }
                return why.contains("http://us: set advertiseUrl of each to its own")
            }
            #expect(log.messages(with: "set advertiseUrl").count == 1)
            lease.holder = them
            try await advance(.seconds(1))
            try await standing(.follows(leader: "http://them"))
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
            lease.holder = them
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
            lease.holder = them
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
