import MasterKit
import NodeKit
import Synchronization
import Testing

@testable import Master

@Suite("The store on SQLite")
struct SQLiteStoreTests {
    @Test("does in each case what every store does", arguments: StoreCase.all)
    func passes(_ story: StoreCase) async throws {
        let bench = try SQLiteBench()
        try await story.run(on: bench)
        try await bench.end()
    }
}

/// A store in a folder of its own.
final class SQLiteBench: StoreBench {
    private let folder: TestFolder
    private let current: Mutex<SQLiteStore>

    init() throws {
        folder = try TestFolder()
        current = Mutex(try SQLiteStore(folder: folder.path))
    }

    var sqlite: SQLiteStore { current.withLock { $0 } }
    var store: any ClusterStore { sqlite }

    func reopen() async throws {
        try current.withLock { store in
            try store.close()
            store = try SQLiteStore(folder: folder.path)
        }
    }

    func forget(through revision: UInt64) async throws { try await sqlite.forget(through: revision) }

    func end() async throws { try sqlite.close() }
}
