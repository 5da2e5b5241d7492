import GRDB

/// How much of the past is kept for watches to resume from, whatever is less. The newest change is always kept.
public struct HistoryBound: Sendable, Equatable {
    /// Changes.
    public var changes: Int
    /// Bytes of the documents in them.
    public var bytes: Int

    /// 50,000 changes of 64 MiB: every pod of a cluster of 1,000 minions moving once, and what a small disk can spare.
    public static let standard = HistoryBound(changes: 50_000, bytes: 64 << 20)

    /// A bound; both at least 1.
    public init(changes: Int, bytes: Int) {
        self.changes = max(1, changes)
        self.bytes = max(1, bytes)
    }
}

extension StoreTransaction {
    /// Checks the conditions, makes the changes and logs them, inside the transaction that `db` is in.
    /// - Returns: the revision of the changes; the newest one when there was nothing to change.
    func perform(_ history: HistoryBound, _ db: Database) throws -> UInt64 {
        for condition in conditions {
            let actual = try Documents.version(condition.key, db)
            if let conflict = condition.conflict(with: actual) { throw conflict }
        }
        var ledger = try Ledger.read(db)
        let revision = ledger.revision + 1
        var ordinal = 0
        for change in changes {
            let last = try Documents.entry(change.key, db)
            let logged: StoreEntry
            switch (change, last) {
            case (.put(let key, let value), _):
                logged = StoreEntry(key: key, value: value, created: last?.created ?? revision, modified: revision)
                try Documents.put(logged, db)
            case (.remove(let key), let last?):
                logged = last
                try Documents.remove(key, db)
            case (.remove, nil):
                continue
            }
            try ChangeLog.append(logged, revision: revision, ordinal: ordinal, db)
            ordinal += 1
            ledger.changeBytes += logged.value.count
        }
        guard ordinal > 0 else { return ledger.revision }
        ledger.revision = revision
        ledger.changeCount += ordinal
        try ChangeLog.trim(to: history, &ledger, before: revision, db)
        try ledger.write(db)
        return revision
    }
}

/// Every change of the recent past, with the whole document: writing it twice is the price for watches that need no queue.
enum ChangeLog {
    /// Where a reader of the log stands.
    struct Position: Sendable, Equatable {
        /// Everything before this revision is read.
        var revision: UInt64
        /// Of this revision, the changes up to this ordinal; `nil` when it is read whole.
        var ordinal: Int?

        /// The newest revision that is read whole: what must not be forgotten after.
        var completed: UInt64 { ordinal == nil ? revision : revision - 1 }
    }

    /// What a reader gets at once, and where it stands then.
    struct Batch: Sendable {
        var events: [StoreEvent] = []
        var position: Position
    }

    /// Documents a reader holds at once; the last may go beyond.
    static let batchBytes = 4 << 20
    /// Changes a reader holds at once.
    static let batchCount = 500

    /// A removal is logged with the document as it was.
    static func append(_ entry: StoreEntry, revision: UInt64, ordinal: Int, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO changes (collection, namespace, name, value, created, modified, revision, ordinal)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: entry.arguments + [revision, ordinal])
    }

    /// Forgets whole revisions before `limit`, the oldest first, until the rest is within `history`. A commit forgets about
    /// as much as it adds.
    static func trim(
        to history: HistoryBound, _ ledger: inout Ledger, before limit: UInt64, _ db: Database
    ) throws {
        while ledger.changeCount > history.changes || ledger.changeBytes > history.bytes {
            let statement = try db.cachedStatement(
                sql: """
                    SELECT revision, COUNT(*), SUM(LENGTH(value)) FROM changes
                    WHERE revision = (SELECT MIN(revision) FROM changes)
                    """)
            guard let row = try Row.fetchOne(statement), let oldest: UInt64 = row[0], oldest < limit else {
                return
            }
            let (count, bytes): (Int, Int) = (row[1], row[2])
            try db.cachedStatement(sql: "DELETE FROM changes WHERE revision = ?").execute(arguments: [oldest])
            ledger.forgotten = oldest
            ledger.changeCount -= count
            ledger.changeBytes -= bytes
        }
    }

    /// The next changes of `collections` after `position`.
    /// - Throws: `gone` when some of them are forgotten, or `position` is in the future.
    static func batch(of collections: Set<String>, after position: Position, _ db: Database) throws -> Batch {
        let ledger = try Ledger.read(db)
        guard position.completed >= ledger.forgotten, position.revision <= ledger.revision else {
            throw StoreError(
                .gone,
                "changes after \(position.completed) are not kept: the store has those after \(ledger.forgotten) up to \(ledger.revision)"
            )
        }
        let marks = repeatElement("?", count: collections.count).joined(separator: ", ")
        let statement = try db.cachedStatement(
            sql: """
                SELECT collection, namespace, name, value, created, modified, revision, ordinal FROM changes
                WHERE (revision, ordinal) > (?, ?) AND collection IN (\(marks)) ORDER BY revision, ordinal
                """)
        let start: StatementArguments = [position.revision, position.ordinal ?? Int(Int32.max)]
        let rows = try Row.fetchCursor(statement, arguments: start + StatementArguments(collections.sorted()))
        var batch = Batch(position: position)
        var bytes = 0
        while let row = try rows.next() {
            let entry = StoreEntry(row)
            let revision: UInt64 = row[6]
            batch.events.append(
                entry.modified == revision ? .put(entry) : .removed(last: entry, revision: revision))
            batch.position = Position(revision: revision, ordinal: row[7])
            bytes += entry.value.count
            if bytes >= batchBytes || batch.events.count >= batchCount { return batch }
        }
        batch.position = Position(revision: ledger.revision)
        return batch
    }
}
