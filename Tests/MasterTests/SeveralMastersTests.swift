import ClusterModel
import Logging
import Machine
import MasterKit
import NodeKit
import ServiceLifecycle
import Synchronization
import Testing

@testable import Master

/// Whole masters on one real etcd.
@Suite("Several masters", .serialized, .withEtcd, .timeLimit(.minutes(4)))
struct SeveralMastersTests {
    /// Short, and long enough for a machine on which many other tests run.
    private static let timing = ElectionTiming(
        lease: 4, margin: .seconds(1), renewal: .milliseconds(300), retry: .milliseconds(50))

    /// A lease that is not given back: its master was killed.
    private struct AbandonedLease: LeaderLease {
        let base: EtcdLease

        func holder() async throws(StoreError) -> Candidate? { try await base.holder() }
        func grant(seconds: Int) async throws(StoreError) -> LeaseID { try await base.grant(seconds: seconds) }
        func claim(_ lease: LeaseID, as candidate: Candidate) async throws(StoreError) -> LeaderClaim {
            try await base.claim(lease, as: candidate)
        }
        func renew(_ lease: LeaseID, fence: LeadFence) async throws(StoreError) -> Bool {
            try await base.renew(lease, fence: fence)
        }
        func raise(above term: UInt64, fence: LeadFence) async throws(StoreError) -> UInt64? {
            try await base.raise(above: term, fence: fence)
        }
        func release(_ lease: LeaseID) async throws(StoreError) {}
    }

    /// Runs a master that stands for election; of the one that is `doomed` the lease outlives it.
    private func run(
        on etcd: EtcdServer, isDoomed: Bool = false,
        _ body: @Sendable (MasterUnderTest, EtcdElection) async throws -> Void
    ) async throws {
        let port = try #require(try freePorts(1).first)
        let url = "http://127.0.0.1:\(port)"
        try await EtcdStore(endpoints: [etcd.endpoint]).closed { store in
            let lease = EtcdLease(store)
            let election = EtcdElection(
                isDoomed ? AbandonedLease(base: lease) : lease, as: .new(url: url), timing: Self.timing,
                time: MonotonicTime(.continuous), logger: RecordingLog().logger)
            let storage = ClusterStorage(
                documents: store, election: election, advertisedURL: url, campaign: { await election.run() },
                maintain: { _ in }, close: {})
            let duty = LeaderDuty()
            try await MasterUnderTest.withClient { client in
                try await MasterUnderTest.run(
                    ["etcdServers": etcd.endpoint, "port": "\(port)", "advertiseUrl": url], on: store, client,
                    leader: { duty.place(election.standing) },
                    beside: { parts in
                        MasterNode.controllers(
                            parts, storage, duty, try parts.pusher(outrank: { await election.outrank($0) }))
                    }
                ) { try await body($0, election) }
            }
        }
    }

    private func leads(_ election: EtcdElection) -> Bool {
        if case .leads = election.standing { true } else { false }
    }

    @Test("serve writes through any of them, and lose none that was acked when the leader is killed")
    func killedLeader() async throws {
        try await WithEtcd.store { _, etcd in
            let acked = Mutex<[String]>([])
            let (deaths, death) = AsyncStream.makeStream(of: Void.self)
            let (starts, start) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await run(on: etcd, isDoomed: true) { _, election in
                        try await eventually("the first leads") { leads(election) }
                        start.finish()
                        for await _ in deaths {}
                    }
                }
                for await _ in starts {}
                try await run(on: etcd) { follower, election in
                    var number = 0
                    func write(until isEnough: () -> Bool) async throws {
                        while !isEnough() {
                            number += 1
                            let body = #"{"id":"s\#(number)","port":80,"selector":{"a":"b"}}"#
                            let answer = try await follower.ask("POST", "/api/v1beta1/services?sync=true", body)
                            if answer.status == 200 { acked.withLock { $0.append("s\(number)") } }
                            try #require([200, 503].contains(answer.status), "\(answer.body)")
                        }
                    }
                    try await write { acked.withLock { $0.count } >= 20 }
                    #expect(!leads(election))
                    death.finish()
                    try await write { leads(election) }
                    let before = acked.withLock { $0.count }
                    try await write { acked.withLock { $0.count } >= before + 20 }
                    let listed = try await follower.parts.store.list("services", namespace: nil)
                    #expect(acked.withLock { Set($0) }.subtracting(listed.entries.map(\.key.name)).isEmpty)
                    // Addresses that the first leader gave away are given to nobody else.
                    let addresses = await follower.parts.mirror.shown(listed.entries).compactMap { object in
                        if case .service(let service) = object { service.portalIP } else { nil }
                    }
                    #expect(Set(addresses).count == listed.entries.count)
                }
                try await group.waitForAll()
            }
        }
    }
}
