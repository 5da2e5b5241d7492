import ClusterModel
import MasterKit
import Testing

@testable import Master

@Suite("An etcd store at its bounds", .serialized, .withEtcd, .timeLimit(.minutes(2)))
struct EtcdBoundsTests {
    @Test("goes on through changes of leader after the highest term that a minion may have outranked")
    func highestTerm() async throws {
        try await WithEtcd.store { base, server in
            try await EtcdStore(EtcdClient(endpoints: [server.endpoint]), prefix: "/high").closed { store in
                let lease = EtcdLease(store)
                var terms: [UInt64] = []
                for change in 0...3 {
                    let id = try await lease.grant(seconds: 60)
                    guard case .won(let term, let fence) = try await lease.claim(id, as: .new(url: "http://a")) else {
                        Issue.record("nobody is there to lead")
                        return
                    }
                    terms.append(term)
                    if change == 0 { _ = try await lease.raise(above: Lead.termLimit, fence: fence) }
                    try await lease.release(id)
                }
                #expect(terms.dropFirst() == [Lead.termLimit + 2, Lead.termLimit + 3, Lead.termLimit + 4])
            }
        }
    }

    @Test("shows a watch what changed before its first watch, though others have all connections for that")
    func lookBack() async throws {
        try await WithEtcd.store { base, server in
            let before = try await base.revision()
            let revision = try await base.put(StoreKey("back", name: "a"), "1")
            try await EtcdStore(endpoints: [server.endpoint]).closed { store in
                var streams: [LineReader] = []
                for _ in 0..<EtcdClient.streamLimit {
                    let request: JSONObject = ["create_request": ["key": .bytes(store.keys.leader)]]
                    streams.append(LineReader(try await store.client.stream("/v3/watch", request)))
                }
                let tape = WatchTape(try await store.watch(["back"], after: before))
                #expect(try await tape.events(through: revision).map(\.revision) == [revision])
                withExtendedLifetime(streams) {}
            }
        }
    }

    @Test("gives up a watch that etcd cancels again and again")
    func cancelledWatch() async throws {
        try await EtcdStore(endpoints: ["http://127.0.0.1:1"]).closed { store in
            for message: JSONObject in [["result": ["canceled": true]], ["error": ["grpc_code": 14]]] {
                let watch = EtcdWatch(after: 1, store: store)
                for _ in 1...EtcdWatch.cutLimit { try await watch.take(message) }
                let error = await #expect(throws: StoreError.self) { try await watch.take(message) }
                #expect(error?.code == .unavailable)
            }
        }
    }
}
