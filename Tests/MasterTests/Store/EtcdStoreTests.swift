import ClusterModel
import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

@Suite("The store on etcd", .serialized, .withEtcd)
struct EtcdStoreTests {
    @Test("does in each case what every store does", arguments: StoreCase.all)
    func passes(_ story: StoreCase) async throws {
        try await WithEtcd.store { store, server in try await story.run(on: Bench(store: store, server: server)) }
    }

    @Test("fails over from an endpoint that is not there")
    func failsOver() async throws {
        try await WithEtcd.store { _, server in
            try await EtcdStore(endpoints: ["http://127.0.0.1:1", server.endpoint]).closed { store in
                let key = StoreKey("failover", name: "a")
                let revision = try await store.put(key, "1", if: .absent(key))
                let tape = WatchTape(try await store.watch(["failover"], after: revision - 1))
                #expect(try await tape.events(through: revision).map(\.key) == [key])
                #expect(try await store.list("failover", namespace: nil).entries.count == 1)
            }
        }
    }

    @Test("is unavailable where nobody answers, and says so of each call")
    func unavailable() async throws {
        try await EtcdStore(endpoints: ["http://127.0.0.1:1", "http://127.0.0.1:2"]).closed { store in
            let key = StoreKey("a", name: "a")
            let codes = [
                try await code { _ = try await store.get(key) }, try await code { try await store.put(key, "1") },
                try await code { _ = try await store.watch(["a"], after: 0) },
            ]
            #expect(codes == [.unavailable, .unavailable, .unavailable])
        }
        #expect(try await code { _ = try EtcdStore(endpoints: ["127.0.0.1:1"]) } == .invalid)
        #expect(try await code { _ = try EtcdStore(endpoints: []) } == .invalid)
    }

    @Test("a quiet watch is opened again and again, and shows everything once")
    func quietWatch() async throws {
        try await WithEtcd.store { store, server in
            let client = try EtcdClient(endpoints: [server.endpoint], silence: .milliseconds(50))
            try await EtcdStore(client).closed { impatient in
                let start = try await store.revision()
                let tape = WatchTape(try await impatient.watch(["quiet"], after: start))
                var wanted: [UInt64] = []
                for step in 0..<6 {
                    // Quiet for longer than the client's patience.
                    let end = ContinuousClock.now + .milliseconds(120)
                    try await eventually("a while") { ContinuousClock.now > end }
                    wanted.append(try await store.put(StoreKey("quiet", name: "\(step % 2)"), "\(step)"))
                    try await store.put(StoreKey("other", name: "a"), "")
                }
                #expect(try await tape.events(through: wanted[5]).map(\.revision) == wanted)
            }
        }
    }

    @Test("lists documents that together are larger than one answer may be")
    func largeListing() async throws {
        try await WithEtcd.store { store, server in
            let value = [UInt8](repeating: 0x20, count: 100_000)
            for number in 0..<12 {
                try await store.commit(
                    StoreTransaction(changes: [.put(StoreKey("large", name: "\(number)"), value)]))
            }
            let small = try EtcdClient(endpoints: [server.endpoint], answerLimit: 300_000)
            try await EtcdStore(small).closed { store in
                let entries = try await store.list("large", namespace: nil).entries
                #expect(entries.map(\.value.count) == Array(repeating: value.count, count: 12))
            }
        }
    }

    @Test("says full when etcd's quota is used up, and can still read and remove")
    func full() async throws {
        let server = try await EtcdServer(quota: 8 << 20)
        try await EtcdStore(endpoints: [server.endpoint]).closed { store in
            let value = [UInt8](repeating: 0x20, count: StoreTransaction.valueLimit)
            let failure = try await code {
                for number in 0..<100 {
                    try await store.commit(StoreTransaction(changes: [.put(StoreKey("a", name: "\(number)"), value)]))
                }
            }
            #expect(failure == .full)
            let kept = try await store.list("a", namespace: nil).entries
            #expect(!kept.isEmpty)
            try await store.commit(StoreTransaction(changes: kept.prefix(1).map { .remove($0.key) }))
            #expect(try await store.list("a", namespace: nil).entries.count == kept.count - 1)
        }
        await server.stop()
    }

    @Test("of two masters one leads; when it stops or its etcd does, the term after is another")
    func election() async throws {
        try await WithEtcd.store { store, server in
            let timing = ElectionTiming(
                lease: 2, margin: .milliseconds(500), renewal: .milliseconds(200), retry: .milliseconds(50))
            let elections = ["http://a", "http://b"].map {
                EtcdElection(store, url: $0, timing: timing, logger: RecordingLog().logger)
            }
            let first = Task { await elections[0].run() }
            let firstTerm = try await term(of: elections[0])
            let second = Task { await elections[1].run() }
            try await eventually("the second follows") {
                await standing(of: elections[1]) == .follows(leader: "http://a")
            }
            first.cancel()
            await first.value
            let secondTerm = try await term(of: elections[1])
            #expect(secondTerm > firstTerm)
            server.pause()
            try await eventually("nobody leads") { await standing(of: elections[1]) == .follows(leader: nil) }
            server.resume()
            #expect(try await term(of: elections[1], after: secondTerm) > secondTerm)
            second.cancel()
            await second.value
        }
    }

    @Test("takes a leader's write only as long as it leads")
    func fence() async throws {
        try await WithEtcd.store { store, server in
            let lease = EtcdLease(store)
            let first = try await lease.grant(seconds: 60)
            guard case .won(let term, let fence) = try await lease.claim(first, as: .new(url: "http://a")) else {
                Issue.record("another leads")
                return
            }
            #expect(term == fence.created)
            let key = StoreKey("fenced", name: "a")
            func commit(_ fence: LeadFence, if condition: StoreTransaction.Condition) async throws {
                try await store.commit(
                    StoreTransaction(conditions: [condition], changes: [.put(key, [])], fence: fence))
            }
            try await commit(fence, if: .absent(key))
            #expect(try await code { try await commit(fence, if: .absent(key)) } == .conflict)
            try await lease.release(first)
            let version = try #require(try await store.get(key)?.modified)
            #expect(try await code { try await commit(fence, if: .version(key, version)) } == .deposed)
            let second = try await lease.grant(seconds: 60)
            guard case .won(_, let later) = try await lease.claim(second, as: .new(url: "http://b")) else {
                Issue.record("nobody is there to lead")
                return
            }
            #expect(try await code { try await commit(fence, if: .version(key, version)) } == .deposed)
            #expect(try await lease.raise(above: 1 << 40, fence: fence) == nil)
            try await commit(later, if: .version(key, version))
            #expect(try await lease.raise(above: 1 << 40, fence: later) == 1 << 40 + 1)
            try await lease.release(second)
            let third = try await lease.grant(seconds: 60)
            guard case .won(let high, _) = try await lease.claim(third, as: .new(url: "http://a")) else {
                Issue.record("nobody is there to lead")
                return
            }
            #expect(high == 1 << 40 + 2)
            try await lease.release(third)
        }
    }

    @Test("serves more watches than it has connections, and commits beside them")
    func manyWatches() async throws {
        try await WithEtcd.store { store, _ in
            let start = try await store.revision()
            var tapes: [WatchTape] = []
            for _ in 0..<EtcdClient.connectionLimit + 50 {
                tapes.append(WatchTape(try await store.watch(["many"], after: start)))
            }
            let revision = try await store.put(StoreKey("many", name: "a"), "1")
            for tape in tapes { #expect(try await tape.events(through: revision).map(\.revision) == [revision]) }
        }
    }

    @Test("is found out when it is put back to an earlier state: watches end, and the mirror shows what is there")
    func putBack() async throws {
        let server = try await EtcdServer()
        try await EtcdStore(endpoints: [server.endpoint]).closed { store in
            let log = RecordingLog()
            let mirror = ClusterMirror(store: store, time: MonotonicTime(ContinuousClock()), logger: log.logger)
            let following = Task { await mirror.run() }
            func names() async -> [String] { await mirror.objects(.service).map(\.meta.name).sorted() }
            func put(_ name: String) async throws {
                let service = makeService(name, version: 0)
                try await store.commit(StoreTransaction(changes: [.put(service.ref.storeKey, service.document)]))
            }
            try await put("a")
            await server.stop()
            try server.saveData()
            try await server.start()
            try await put("b")
            try await eventually("both, and the rest") {
                guard await mirror.isSynced else { return false }
                return await names() == ["a", "b"]
            }
            await server.kill()
            try server.restoreData()
            try await server.start()
            try await eventually("the earlier state") { await names() == ["a"] }
            #expect(log.messages(with: "put back to an earlier state").count == 1)
            try await put("c")
            try await eventually("it goes on from there") { await names() == ["a", "c"] }
            following.cancel()
            await following.value
        }
        await server.stop()
    }

    private func standing(of election: EtcdElection) async -> LeaderStanding? {
        await election.standings().first { _ in true }
    }

    private func term(of election: EtcdElection, after last: UInt64 = 0) async throws -> UInt64 {
        let seen = try await eventually(
            "a term above \(last)", read: { await standing(of: election) },
            until: { if case .leads(let lead)? = $0 { lead.term > last } else { false } })
        guard case .leads(let lead)? = seen else { return 0 }
        return lead.term
    }

    private func code(_ body: () async throws -> Void) async throws -> StoreError.Code? {
        do {
            try await body()
            return nil
        } catch let error as StoreError {
            return error.code
        }
    }

    @Test("forgets what is older than its history, and nothing younger")
    func compaction() async throws {
        try await WithEtcd.store { store, _ in
            let clock = ManualClock()
            let key = StoreKey("compaction", name: "a")
            let first = try await store.put(key, "1", if: .absent(key))
            let second = try await store.put(key, "2", if: .version(key, first))
            let loop = Task { await store.compact(every: .seconds(600), time: MonotonicTime(clock)) }
            try await eventually("the first look") { clock.sleeperCount == 1 }
            let third = try await store.put(key, "3", if: .version(key, second))
            clock.advance(by: .seconds(600))
            try await eventually("the second look") {
                clock.sleeperCount == 1 && clock.nextDeadline.map { $0 > clock.now } ?? false
            }
            var end: StoreError?
            do {
                for try await _ in try await store.watch(["compaction"], after: first - 1) { break }
            } catch let error as StoreError {
                end = error
            }
            #expect(end?.code == .gone)
            let tape = WatchTape(try await store.watch(["compaction"], after: second))
            #expect(try await tape.events(through: third).map(\.revision) == [third])
            loop.cancel()
            await loop.value
        }
    }

    /// Its store goes on over restarts of the server: that is what is tested.
    private struct Bench: StoreBench {
        let etcd: EtcdStore
        let server: EtcdServer

        init(store: EtcdStore, server: EtcdServer) {
            etcd = store
            self.server = server
        }

        var store: any ClusterStore { etcd }

        func reopen() async throws {
            await server.kill()
            try await server.start()
        }

        func forget(through revision: UInt64) async throws { try await etcd.compact(through: revision) }
    }
}
