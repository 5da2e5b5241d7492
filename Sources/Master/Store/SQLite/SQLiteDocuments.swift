import FoundationEssentials
import GRDB

/// The one row that says where the store stands.
struct Ledger {
    /// Of the newest change.
    var revision: UInt64
    /// Changes after this one are in the log.
    var forgotten: UInt64
    /// Rows of the log.
    var changeCount: Int
    /// Bytes of the documents in the log.
    var changeBytes: Int
    /// Of the newest leader.
    var term: UInt64

    static func read(_ db: Database) throws -> Ledger {
        let statement = try db.cachedStatement(
            sql: "SELECT revision, forgotten, change_count, change_bytes, term FROM ledger")
        guard let row = try Row.fetchOne(statement) else { throw StoreError(.damaged, "the ledger is empty") }
        return Ledger(
            revision: row[0], forgotten: row[1], changeCount: row[2], changeBytes: row[3], term: row[4])
    }

    func write(_ db: Database) throws {
        try db.cachedStatement(
            sql: "UPDATE ledger SET revision = ?, forgotten = ?, change_count = ?, change_bytes = ?, term = ?"
        ).execute(arguments: [revision, forgotten, changeCount, changeBytes, term])
    }
}

/// The documents as they are.
enum Documents {
    private static let columns = "collection, namespace, name, value, created, modified"
    private static let isAtKey = "collection = ? AND namespace = ? AND name = ?"

    static func entry(_ key: StoreKey, _ db: Database) throws -> StoreEntry? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM documents WHERE \(isAtKey)")
        return try Row.fetchOne(statement, arguments: key.arguments).map { StoreEntry($0) }
    }

    /// The revision of the document's newest change; 0 where there is none.
    static func version(_ key: StoreKey, _ db: Database) throws -> UInt64 {
        let statement = try db.cachedStatement(sql: "SELECT modified FROM documents WHERE \(isAtKey)")
        return try UInt64.fetchOne(statement, arguments: key.arguments) ?? 0
    }

    /// In order of their keys. SQLite compares texts by their bytes (BINARY), which for a key's characters is the order
    /// of `StoreKey`.
    static func entries(_ collection: String, namespace: String?, _ db: Database) throws -> [StoreEntry] {
        let (condition, arguments): (String, StatementArguments) =
            if let namespace {
                ("collection = ? AND namespace = ?", [collection, namespace])
            } else {
                ("collection = ?", [collection])
            }
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM documents WHERE \(condition) ORDER BY collection, namespace, name")
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var entries: [StoreEntry] = []
        while let row = try rows.next() { entries.append(StoreEntry(row)) }
        return entries
    }

    static func put(_ entry: StoreEntry, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO documents (\(columns)) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET value = excluded.value, modified = excluded.modified
                """
        ).execute(arguments: entry.arguments)
    }

    static func remove(_ key: StoreKey, _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM documents WHERE \(isAtKey)").execute(arguments: key.arguments)
    }
}

extension StoreKey {
    /// For `collection, namespace, name`.
    fileprivate var arguments: StatementArguments { [collection, namespace, name] }
}

extension StoreEntry {
    /// For `collection, namespace, name, value, created, modified`.
    var arguments: StatementArguments {
        [key.collection, key.namespace, key.name, Data(value), created, modified]
    }

    /// From columns in the same order.
    init(_ row: Row) {
        let data: Data = row[3]
        self.init(
            key: StoreKey(row[0], namespace: row[1], name: row[2]), value: [UInt8](data), created: row[4],
            modified: row[5])
    }
}
