import FoundationEssentials
import Machine
import MasterKit
import NodeKit
import Testing
import Wire

@testable import Master

@Suite("A join token")
struct JoinTokensTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let node = ClusterIdentity(.node, "yy2")
    private let log = RecordingLog()

    /// Two masters of one cluster: each its own folder, and one store.
    private struct Masters {
        let authority: CertificateAuthority
        let issued: JoinTokens
        let one: TokenLedger
        let other: TokenLedger
        /// Where the first one's tokens lie.
        let folder: String

        func waiting() throws -> Int { try issued.waiting().count }
    }

    /// A fresh cluster on `store`, and a token of its first master.
    private func tokens(
        on store: any ClusterStore = MemoryStore(), life: Duration = .seconds(3_600),
        _ body: (Masters, String) async throws -> Void
    ) async throws {
        let data = try TestFolder()
        let folders = ["a", "b"].map { AuthorityFolder(dataFolder: "\(data.path)/\($0)") }
        let authority = try folders[0].initialize(now: now)
        try FileManager.default.createDirectory(atPath: folders[1].tokens, withIntermediateDirectories: true)
        let ledgers = folders.map {
            TokenLedger(store: store, authority: authority, issued: JoinTokens($0), logger: log.logger)
        }
        let issued = JoinTokens(folders[0])
        let token = try issued.make(for: try #require(node), life: life, authority: authority, now: now)
        #expect(token.hasSuffix("." + authority.fingerprint))
        try await body(
            Masters(
                authority: authority, issued: issued, one: ledgers[0], other: ledgers[1], folder: folders[0].tokens),
            token)
        withExtendedLifetime(data) {}
    }

    @Test("lets in whom it was made for, once, at the master that gave it out or at another")
    func once() async throws {
        try await tokens { (masters, token) throws in
            #expect(try await masters.one.redeem(token, now: now) == node)
            #expect(try await masters.one.redeem(token, now: now) == nil)
            #expect(try await masters.other.redeem(token, now: now) == nil)
        }
        try await tokens { (masters, token) throws in
            #expect(try await masters.other.redeem(token, now: now) == nil, "it is not in the store yet")
            try await masters.one.takeIn(now: now)
            #expect(try masters.waiting() == 0)
            #expect(try await masters.other.redeem(token, now: now) == node)
            #expect(try await masters.one.redeem(token, now: now) == nil)
        }
    }

    @Test(
        "is spent once by many who come to both masters at the same time, on SQLite and on etcd",
        arguments: [true, false])
    func race(isSQLite: Bool) async throws {
        func race(_ store: any ClusterStore) async throws {
            try await tokens(on: store) { (masters, token) throws in
                try await masters.one.takeIn(now: now)
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for ledger in [masters.one, masters.other] {
                        for _ in 0..<16 { group.addTask { try await ledger.redeem(token, now: now) != nil } }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
            }
        }
        if isSQLite {
            let folder = try TestFolder()
            let store = try SQLiteStore(folder: folder.path)
            try await race(store)
            try store.close()
        } else {
            let server = try await EtcdServer()
            try await EtcdStore(endpoints: [server.endpoint]).closed { try await race($0) }
            await server.stop()
        }
    }

    @Test("does not come back by its file, as a master leaves it that is killed while it takes it in")
    func leftBehind() async throws {
        try await tokens { (masters, token) throws in
            let path = "\(masters.folder)/\(token.prefix(12))"
            let file = try #require(FileManager.default.contents(atPath: path))
            try await masters.one.takeIn(now: now)
            #expect(try await masters.other.redeem(token, now: now) == node)
            try AtomicFile.write(Array(file), to: path)
            try await masters.other.sweep(now: now.addingTimeInterval(3_600))
            #expect(try await masters.one.redeem(token, now: now) == nil)
            try await masters.one.takeIn(now: now)
            #expect(try masters.waiting() == 0)
            #expect(try await masters.one.redeem(token, now: now) == nil)
        }
    }

    @Test("ends with its time, and is swept away then, from its folder or later from the store")
    func expiry() async throws {
        try await tokens(life: .seconds(60)) { (masters, token) throws in
            try masters.issued.sweep(now: now.addingTimeInterval(59))
            #expect(try masters.waiting() == 1)
            try masters.issued.sweep(now: now.addingTimeInterval(60))
            #expect(try masters.waiting() == 0)
        }
        try await tokens(life: .seconds(60)) { (masters, token) throws in
            try await masters.one.takeIn(now: now)
            #expect(try await masters.one.redeem(token, now: now.addingTimeInterval(60)) == nil)
            func count() async throws -> Int {
                try await masters.one.store.list(TokenLedger.collection, namespace: nil).entries.count
            }
            try await masters.one.sweep(now: now.addingTimeInterval(60 + 86_399))
            #expect(try await count() == 1)
            try await masters.other.sweep(now: now.addingTimeInterval(60 + 86_400))
            #expect(try await count() == 0)
        }
    }

    @Test("is not used up by who only guesses, and neither file nor store holds the secret")
    func guesses() async throws {
        try await tokens { (masters, token) throws in
            let parts = token.split(separator: ".").map(String.init)
            let file = try #require(FileManager.default.contents(atPath: "\(masters.folder)/\(parts[0])"))
            #expect(!String(decoding: file, as: UTF8.self).contains(parts[1]))
            for guess in ["\(parts[0]).0000.\(parts[2])", "\(parts[0])..x", "../ca.x.y", "x", "", "a.b.c.d"] {
                #expect(try await masters.one.redeem(guess, now: now) == nil)
            }
            #expect(try await masters.one.redeem("0123456789ab.00.\(parts[2])", now: now) == nil)
            #expect(log.messages(with: "").isEmpty, "a stranger fills no journal")
            let entry = try #require(
                try await masters.one.store.list(TokenLedger.collection, namespace: nil).entries.first)
            #expect(!String(decoding: entry.value, as: UTF8.self).contains(parts[1]))
            #expect(try await masters.one.redeem(token, now: now) == node)
        }
    }

    @Test("counts for nobody when somebody without the authority's key has made or changed it")
    func forged() async throws {
        try await tokens { (masters, token) throws in
            let end = Int(now.timeIntervalSince1970) + 60
            let client = try #require(ClusterIdentity(.client, "eve"))
            let stranger = try CertificateAuthority.make(now: now)
            let (forged, secret) = JoinToken.new(for: client, end: end, authority: stranger)
            let key = StoreKey(TokenLedger.collection, name: forged.identifier)
            try await masters.one.store.commit(StoreTransaction(changes: [.put(key, forged.document)]))
            #expect(try await masters.one.redeem("\(forged.identifier).\(secret).x", now: now) == nil)
            // In the folder it is removed, and told of, and others are taken in all the same.
            try AtomicFile.write(forged.document, to: "\(masters.folder)/\(forged.identifier)")
            try AtomicFile.write(Array("x".utf8), to: "\(masters.folder)/000000000000")
            try await masters.one.takeIn(now: now)
            #expect(try masters.waiting() == 0)
            #expect(log.messages(with: "\(forged.identifier) is none of this authority's").count == 1)
            #expect(log.messages(with: "000000000000 is not as this version writes them").count == 1)
            // Another's name under a true seal.
            let text = String(decoding: try await document(token, masters), as: UTF8.self)
            let changed = text.replacing("nodes/yy2", with: "clients/eve")
            let stored = StoreKey(TokenLedger.collection, name: String(token.prefix(12)))
            try await masters.one.store.commit(StoreTransaction(changes: [.put(stored, Array(changed.utf8))]))
            #expect(try await masters.one.redeem(token, now: now) == nil)
        }
    }

    @Test("waits for no file that cannot be read, nor does the sweep; that is told once, and a missing folder is empty")
    func unreadable() async throws {
        try await tokens { (masters, _) throws in
            let long = [UInt8](repeating: UInt8(ascii: "x"), count: 4_097)
            try AtomicFile.write(long, to: "\(masters.folder)/000000000000")
            try masters.issued.sweep(now: now)
            let token = try masters.issued.make(
                for: try #require(node), life: .seconds(3_600), authority: masters.authority, now: .now)
            let store = masters.one.store
            let (old, _) = JoinToken.new(for: try #require(node), end: 1, authority: masters.authority)
            let oldKey = StoreKey(TokenLedger.collection, name: old.identifier)
            try await store.commit(StoreTransaction(changes: [.put(oldKey, old.document)]))
            let clock = ManualClock()
            let task = Task { try await masters.one.run(MonotonicTime(clock)) }
            try await eventually("the first look is over") { clock.sleeperCount == 1 }
            #expect(try await store.get(StoreKey(TokenLedger.collection, name: String(token.prefix(12)))) != nil)
            #expect(try await store.get(oldKey) == nil)
            clock.advance(by: TokenLedger.interval)
            try await eventually("the second look is over") { clock.sleeperCount == 1 }
            #expect(log.messages(with: "join token 000000000000 cannot be taken in").count == 1)
            try FileManager.default.removeItem(atPath: masters.folder)
            #expect(try await masters.one.takeIn(now: now).isEmpty)
            task.cancel()
            _ = await task.result
        }
    }

    private func document(_ token: String, _ masters: Masters) async throws -> [UInt8] {
        let key = StoreKey(TokenLedger.collection, name: String(token.prefix(12)))
        return try #require(try await masters.one.store.get(key)).value
    }

    @Test("lives for a week at most", arguments: [Duration.zero, .seconds(-1), .seconds(7 * 86_400 + 1)])
    func life(_ life: Duration) async throws {
        await #expect(throws: AuthorityError.self) { try await tokens(life: life) { _, _ in } }
    }

    @Test("is guessed ten times a minute from one address")
    func attempts() {
        var attempts = JoinAttempts()
        for _ in 0..<JoinAttempts.perAddress {
            #expect(!attempts.isBarred("a", now: .zero))
            attempts.refused("a", now: .zero)
        }
        #expect(attempts.isBarred("a", now: .seconds(59)))
        #expect(!attempts.isBarred("b", now: .seconds(59)))
        #expect(!attempts.isBarred("a", now: .seconds(60)))
        // A flood of addresses costs a bounded table, and the oldest makes room.
        for number in 0..<JoinAttempts.addressLimit { attempts.refused("x\(number)", now: .seconds(1)) }
        #expect(!attempts.isBarred("a", now: .seconds(2)))
    }
}
