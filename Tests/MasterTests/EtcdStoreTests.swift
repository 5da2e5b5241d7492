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

/// One etcd for all tests of a suite.
struct WithEtcd: SuiteTrait, TestScoping {
    @TaskLocal private static var current: EtcdServer?

    func provideScope(for test: Test, testCase: Test.Case?, performing body: () async throws -> Void) async throws {
        let server = try await EtcdServer()
        try await Self.$current.withValue(server) { try await body() }
        await server.stop()
    }

    /// A store on it for one test.
    static func store(_ body: (EtcdStore, EtcdServer) async throws -> Void) async throws {
        let server = try #require(current)
        let store = try EtcdStore(endpoints: [server.endpoint])
        do {
            try await body(store, server)
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }
}

extension Trait where Self == WithEtcd {
    static var withEtcd: Self { Self() }
}
