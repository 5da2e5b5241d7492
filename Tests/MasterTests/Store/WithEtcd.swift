import MasterKit
import Testing

@testable import Master

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
        try await EtcdStore(endpoints: [server.endpoint]).closed { store in try await body(store, server) }
    }
}

extension EtcdStore {
    /// Runs `body` and closes the store, however it ends.
    func closed(after body: (EtcdStore) async throws -> Void) async throws {
        do {
            try await body(self)
        } catch {
            try await close()
            throw error
        }
        try await close()
    }
}

extension Trait where Self == WithEtcd {
    static var withEtcd: Self { Self() }
}
