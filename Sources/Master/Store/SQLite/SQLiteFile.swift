import GRDB
import Glibc
import Machine

/// The database file of a data folder: made, checked, opened, set aside, copied.
struct SQLiteFile {
    /// What the tables below are; a file of a later one is not opened.
    static let schemaVersion = 1
    /// How far a restored backup jumps ahead, so that no revision is given twice: what the store went on to after the backup
    /// was taken is less. 2^53, the last number every JSON reader holds, leaves room for millions of restores.
    static let restoredRevisions: UInt64 = 1_000_000_000
    /// The same for terms.
    static let restoredTerms: UInt64 = 1_000_000
    /// How long a commit waits for another process that has locked the file, as an administrator's sqlite3.
    static let lockPatience = 5.0
    /// The largest new database file.
    private static let emptyLimit = 1 << 20

    let folder: String

    /// The database.
    var path: String { "\(folder)/cluster.db" }

    /// Opens the database, or makes an empty one where there never was one.
    /// - Parameter pageLimit: the pages it may have; `nil` for as many as fit on the disk.
    /// - Throws: `damaged` with where the file was put, or when there is only one that was put aside before.
    func open(pageLimit: Int? = nil) throws(StoreError) -> DatabasePool {
        guard exists(path) || !exists("\(path).damaged-1") else {
            throw StoreError(
                .damaged,
                "\(path) was damaged and set aside as \(path).damaged-1 or a later number. Copy a backup to \(path), or move the damaged files away to begin an empty cluster"
            )
        }
        do {
            if !exists(path) { try makeEmpty() }
            return try openChecked(pageLimit)
        } catch let error as FileError {
            throw StoreError(file: error)
        } catch {
            let reason = StoreError(sqlite: error)
            guard reason.code == .damaged else { throw reason }
            throw setAside(because: reason)
        }
    }

    /// Copies the database, which a master may be using, to `destination`, checks the copy and syncs it. The copy is of one
    /// moment. It is opened by copying it to `path` while no master runs.
    /// - Throws: `invalid` when there is something at `destination`, `full`, `damaged`, `unavailable`.
    func backUp(to destination: String) throws(StoreError) {
        guard exists(path) else { throw StoreError(.unavailable, "\(path): there is no store here") }
        guard !exists(destination) else {
            throw StoreError(.invalid, "\(destination) exists already, and a backup never replaces a file")
        }
        let partial = "\(destination).partial"
        do {
            unlink(partial)
            try AtomicFile.write([], to: partial)
            let source = try DatabaseQueue(path: path, configuration: reading)
            let copy = try DatabaseQueue(path: partial)
            try source.backup(to: copy)
            try source.close()
            try copy.writeWithoutTransaction { db in
                // One file again, without a log beside it.
                _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE")
                try db.execute(sql: "PRAGMA synchronous = FULL; UPDATE ledger SET is_backup = 1")
                try Self.check(db)
            }
            try copy.close()
            try AtomicFile.publish(partial, as: destination)
        } catch {
            unlink(partial)
            throw (error as? FileError).map { StoreError(file: $0) } ?? StoreError(sqlite: error)
        }
    }

    private func openChecked(_ pageLimit: Int?) throws -> DatabasePool {
        try checkUnchanged()
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.lockPatience)
        configuration.maximumReaderCount = 4
        configuration.label = "cluster.db"
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL, which in WAL mode syncs at checkpoints only.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            if let pageLimit { _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pageLimit)") }
            try Self.goAheadOfBackup(db)
        }
        return pool
    }

    /// Looks at the file before anything is opened that might write to it: what is damaged is kept as it was found.
    private func checkUnchanged() throws {
        let queue = try DatabaseQueue(path: path, configuration: reading)
        try queue.read { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard version <= Self.schemaVersion else {
                throw StoreError(.invalid, "\(path) was made by a newer minion-master (schema \(version))")
            }
            guard version > 0 else { throw StoreError(.damaged, "\(path) has no tables") }
            try Self.check(db)
        }
        try queue.close()
    }

    private var reading: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(Self.lockPatience)
        return configuration
    }

    /// Reads every page and index. SQLite keeps no checksums: a changed byte inside a document is not found here.
    private static func check(_ db: Database) throws {
        let verdict = try String.fetchAll(db, sql: "PRAGMA quick_check(3)")
        guard verdict == ["ok"] else {
            throw StoreError(.damaged, "SQLite's quick_check: \(verdict.joined(separator: "; "))")
        }
        _ = try Ledger.read(db)
    }

    /// A backup that is opened is the store from now on: its history is behind it, and so are the numbers given since.
    private static func goAheadOfBackup(_ db: Database) throws {
        try db.inTransaction(.immediate) {
            guard try Bool.fetchOne(db, sql: "SELECT is_backup FROM ledger") == true else { return .commit }
            try db.execute(
                sql: """
                    DELETE FROM changes;
                    UPDATE ledger SET is_backup = 0, change_count = 0, change_bytes = 0,
                        revision = revision + \(restoredRevisions), forgotten = revision + \(restoredRevisions),
                        term = term + \(restoredTerms);
                    """)
            return .commit
        }
    }

    /// Made beside and renamed, so that a file without tables is always a damaged one.
    private func makeEmpty() throws {
        let temporary = "\(path).empty"
        unlink(temporary)
        defer { unlink(temporary) }
        let queue = try DatabaseQueue(path: temporary)
        try queue.write { db in try db.execute(sql: Self.schema) }
        try queue.close()
        guard let bytes = try AtomicFile.read(temporary, limit: Self.emptyLimit) else {
            throw StoreError(.unavailable, "\(temporary) has gone")
        }
        // SQLite gives the files beside it the same mode: environment variables of pods are nobody else's business.
        try AtomicFile.write(bytes, to: path, mode: 0o600)
    }

    /// Moves the file and its log to the first free name. The log first: without the database it is nothing, but a database
    /// that is whole without its log would be opened as an older state.
    private func setAside(because reason: StoreError) -> StoreError {
        do {
            let aside = try AtomicFile.freeAsidePath(of: path)
            for suffix in ["-wal", "-shm"] where exists(path + suffix) {
                guard rename(path + suffix, aside + suffix) == 0 else {
                    return StoreError(.damaged, "\(reason.message); \(path)\(suffix) could not be set aside")
                }
            }
            guard try AtomicFile.setAside(path) == aside else {
                return StoreError(.damaged, "\(reason.message); its log is at \(aside)-wal")
            }
            return StoreError(
                .damaged,
                "\(reason.message). The file is kept as \(aside). Copy a backup to \(path), or move it away to begin an empty cluster"
            )
        } catch {
            return StoreError(.damaged, "\(reason.message); it could not be set aside: \(error)")
        }
    }

    private func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private static let schema = """
        CREATE TABLE documents (
            collection TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            value BLOB NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
            PRIMARY KEY (collection, namespace, name)) STRICT;
        CREATE TABLE changes (
            revision INTEGER NOT NULL, ordinal INTEGER NOT NULL,
            collection TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            value BLOB NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
            PRIMARY KEY (revision, ordinal)) STRICT;
        CREATE TABLE ledger (
            row INTEGER PRIMARY KEY CHECK (row = 1), revision INTEGER NOT NULL, forgotten INTEGER NOT NULL,
            change_count INTEGER NOT NULL, change_bytes INTEGER NOT NULL, term INTEGER NOT NULL,
            is_backup INTEGER NOT NULL) STRICT;
        INSERT INTO ledger VALUES (1, 0, 0, 0, 0, 0, 0);
        PRAGMA user_version = \(schemaVersion);
        """
}
