import GRDB
import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

@Suite("The file of the store on SQLite")
struct SQLiteFileTests {
    private let folder: TestFolder
    private let key = StoreKey("pods", namespace: "default", name: "web")
    private var path: String { "\(folder.path)/cluster.db" }

    init() throws {
        folder = try TestFolder()
    }

    @Test("is synced at every commit, and read while it is written")
    func settings() throws {
        let pool = try SQLiteFile(folder: folder.path).open()
        let (sync, mode) = try pool.writeWithoutTransaction { db in
            (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
        }
        #expect(sync == 2, "FULL (sqlite.org/pragma.html#pragma_synchronous)")
        #expect(mode == "wal")
        try pool.close()
    }

    enum Damage: CaseIterable {
        case pages, empty, text
    }

    @Test("that is damaged is kept, and no empty cluster takes its place", arguments: Damage.allCases)
    func damaged(_ damage: Damage) async throws {
        try await fill(200)
        let backup = "\(folder.path)/backup"
        try SQLiteStore.backUp(folder: folder.path, to: backup)
        var bytes = try #require(try AtomicFile.read(path, limit: 1 << 24))
        switch damage {
        case .pages: bytes.replaceSubrange(4096..., with: repeatElement(0xA5, count: bytes.count - 4096))
        case .empty: bytes = []
        case .text: bytes = Array("not a database, but long enough to have a header of a hundred bytes".utf8) + bytes
        }
        try AtomicFile.write(bytes, to: path)
        let first = try failure { try SQLiteStore(folder: folder.path) }
        #expect(first?.code == .damaged)
        #expect(first?.message.contains("cluster.db.damaged-1") == true)
        #expect(try AtomicFile.read("\(path).damaged-1", limit: 1 << 24) == bytes)
        #expect(try AtomicFile.read(path, limit: 1 << 24) == nil)
        #expect(try failure { try SQLiteStore(folder: folder.path) }?.code == .damaged, "nor does it begin anew later")
        try AtomicFile.write(try #require(try AtomicFile.read(backup, limit: 1 << 24)), to: path)
        let store = try SQLiteStore(folder: folder.path)
        #expect(try await store.list("pods", namespace: nil).entries.count == 200)
        try store.close()
    }

    @Test("of a newer version is left alone")
    func newer() async throws {
        try await fill(1)
        let queue = try DatabaseQueue(path: path)
        try await queue.write { db in try db.execute(sql: "PRAGMA user_version = 2") }
        try queue.close()
        #expect(try failure { try SQLiteStore(folder: folder.path) }?.code == .invalid)
        #expect(try AtomicFile.read(path, limit: 1 << 24) != nil)
    }

    @Test("is one process's")
    func locked() throws {
        let store = try SQLiteStore(folder: folder.path)
        let second = try failure { try SQLiteStore(folder: folder.path) }
        #expect(second?.code == .unavailable)
        #expect(second?.message.contains("another process") == true)
        try store.close()
        try SQLiteStore(folder: folder.path).close()
    }

    @Test("that is full takes nothing more, and keeps what it has")
    func full() async throws {
        let store = try SQLiteStore(folder: folder.path, history: HistoryBound(changes: 1, bytes: 1), pageLimit: 60)
        let value = [UInt8](repeating: 0x20, count: 10_000)
        var kept: [StoreKey] = []
        var code: StoreError.Code?
        while code == nil, kept.count < 100 {
            let key = StoreKey("pods", name: "\(kept.count)")
            do throws(StoreError) {
                try await store.commit(StoreTransaction(changes: [.put(key, value)]))
                kept.append(key)
            } catch {
                code = error.code
            }
        }
        #expect(code == .full)
        let entries = try await store.list("pods", namespace: nil).entries
        #expect(Set(entries.map(\.key)) == Set(kept))
        #expect(try await store.revision() == UInt64(kept.count))
        try await store.remove(kept[0])
        try await store.put(kept[0], "small")
        try store.close()
    }

    @Test(
        "remembers as many changes and bytes as it may, and the newest always", arguments: [(10, 1 << 20), (1000, 100)])
    func history(changes: Int, bytes: Int) async throws {
        let store = try SQLiteStore(folder: folder.path, history: HistoryBound(changes: changes, bytes: bytes))
        for _ in 0..<30 {
            try await store.put(key, "0123456789", if: .absent(key))
            try await store.remove(key)
        }
        let last = try await store.revision()
        let tape = WatchTape(try await store.watch(["pods"], after: last - 10))
        #expect(try await tape.events(through: last).count == 10)
        await #expect(throws: StoreError.self) { _ = try await store.watch(["pods"], after: last - 11) }
        try await store.commit(
            StoreTransaction(
                changes: (0..<20).map { .put(StoreKey("pods", name: "\($0)"), [UInt8](repeating: 0, count: 50)) }))
        let newest = WatchTape(try await store.watch(["pods"], after: last))
        #expect(try await newest.events(through: last + 1).count == 20)
        try store.close()
    }

    @Test("is backed up at one moment under writers, and goes on from there with numbers of its own")
    func backup() async throws {
        let store = try SQLiteStore(folder: folder.path)
        let terms = [try await SoleLeader(store), try await SoleLeader(store)]
        let start = try await store.put(key, "0")
        let other = try TestFolder()
        let last = try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    for step in 0..<100 {
                        try await store.commit(
                            StoreTransaction(changes: [
                                .put(StoreKey("pods", name: "a-\(writer)"), Array("\(step)".utf8)),
                                .put(StoreKey("pods", name: "b-\(writer)"), Array("\(step)".utf8)),
                            ]))
                    }
                }
            }
            try await eventually("some writing") { try await store.revision() > start + 20 }
            try SQLiteStore.backUp(folder: folder.path, to: "\(other.path)/cluster.db")
            try await group.waitForAll()
            return try await store.revision()
        }
        try store.close()
        let restored = try SQLiteStore(folder: other.path)
        let listing = try await restored.list("pods", namespace: nil)
        let values = Dictionary(uniqueKeysWithValues: listing.entries.map { ($0.key.name, $0.value) })
        for writer in 0..<2 { #expect(values["a-\(writer)"] == values["b-\(writer)"]) }
        #expect(listing.revision > last + 1000)
        await #expect(throws: StoreError.self) { _ = try await restored.watch(["pods"], after: last) }
        #expect(await term(of: terms[0]) == 1)
        #expect(await term(of: terms[1]) == 2)
        #expect(await term(of: try await SoleLeader(restored)) > 1000)
        try restored.close()
        let again = try SQLiteStore(folder: other.path)
        #expect(try await again.revision() == listing.revision, "it jumps once")
        try again.close()
        let taken = try failure { try SQLiteStore.backUp(folder: folder.path, to: "\(other.path)/cluster.db") }
        #expect(taken?.code == .invalid)
        let absent = try failure { try SQLiteStore.backUp(folder: "\(other.path)/nowhere", to: "\(other.path)/new") }
        #expect(absent?.code == .unavailable)
    }

    private func term(of leader: SoleLeader) async -> UInt64 {
        guard case .leads(let lead)? = await leader.standings().first(where: { _ in true }) else { return 0 }
        return lead.term
    }

    private func fill(_ count: Int) async throws {
        let store = try SQLiteStore(folder: folder.path)
        for number in 0..<count { try await store.put(StoreKey("pods", name: "\(number)"), "some text") }
        try store.close()
    }

    private func failure<Value>(_ body: () throws -> Value) throws -> StoreError? {
        do {
            _ = try body()
            return nil
        } catch let error as StoreError {
            return error
        }
    }
}
