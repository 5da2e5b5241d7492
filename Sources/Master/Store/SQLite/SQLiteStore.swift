import GRDB
import Machine
import Synchronization

/// The cluster's objects in one SQLite file of the data folder: for one master that needs nothing else. Every commit is
/// synced before it returns; one connection writes, the others read what was committed when they began.
public final class SQLiteStore: ClusterStore {
    private let pool: DatabasePool
    private let history: HistoryBound
    private let signal: RevisionSignal
    /// Another master in the same folder would commit without waking our watches.
    private let lock: Mutex<FolderLock?>

    /// Opens the store of `folder`, which must exist, or makes an empty one. Checks the whole file: about a second for
    /// 100 MB.
    ///
    /// - Parameter history: how much of the past a watch can be resumed from.
    /// - Throws: `damaged` when the file is; it is then kept beside as `cluster.db.damaged-<n>`, and no empty cluster begins
    ///   in its place before a backup is put there or the damaged file taken away. `unavailable` when another process has
    ///   the folder or the file system refuses.
    public convenience init(folder: String, history: HistoryBound = .standard) throws(StoreError) {
        try self.init(folder: folder, history: history, pageLimit: nil)
    }

    /// - Parameter pageLimit: the pages of 4 KiB the file may have, for tests of a full disk; `nil` for as many as fit.
    init(folder: String, history: HistoryBound, pageLimit: Int?) throws(StoreError) {
        do {
            lock = Mutex(try FolderLock(folder: folder))
        } catch {
            throw StoreError(file: error)
        }
        pool = try SQLiteFile(folder: folder).open(pageLimit: pageLimit)
        self.history = history
        signal = RevisionSignal(newest: try Self.attempt { [pool] in try pool.read(Ledger.read).revision })
    }

    /// Ends watches with `unavailable` and lets the file go. Calls that are under way end first.
    public func close() throws(StoreError) {
        signal.close()
        try Self.attempt { try pool.close() }
        lock.withLock { $0 = nil }
    }

    /// Copies the store of `folder` to a file that must not exist, while a master may be writing to it. The copy is of one
    /// moment, checked and synced. To go back to it, copy it to `cluster.db` of an empty data folder and start the master:
    /// revisions and terms then go on well above those that were given after the backup.
    /// - Throws: `invalid` when there is something at `destination`; `unavailable`, `full`, `damaged`.
    public static func backUp(folder: String, to destination: String) throws(StoreError) {
        try SQLiteFile(folder: folder).backUp(to: destination)
    }

    /// Raises the term, durably, and returns it: a number that no start of a master on this store had before, nor on the store
    /// it is a backup of.
    /// - Parameter floor: a term that somebody has seen: the new one is above it too.
    public func beginTerm(above floor: UInt64 = 0) async throws(StoreError) -> UInt64 {
        try await write { db in
            var ledger = try Ledger.read(db)
            ledger.term = max(ledger.term, floor) + 1
            try ledger.write(db)
            return ledger.term
        }
    }

    /// See `ClusterStore`.
    public func get(_ key: StoreKey) async throws(StoreError) -> StoreEntry? {
        try key.check()
        return try await read { db in try Documents.entry(key, db) }
    }

    /// See `ClusterStore`.
    public func list(_ collection: String, namespace: String?) async throws(StoreError) -> StoreListing {
        try StoreKey.check("collection", collection)
        return try await read { db in
            StoreListing(
                entries: try Documents.entries(collection, namespace: namespace, db),
                revision: try Ledger.read(db).revision)
        }
    }

    /// See `ClusterStore`. Cancelling the caller does not take back what it has asked for.
    @discardableResult
    public func commit(_ transaction: StoreTransaction) async throws(StoreError) -> UInt64 {
        try transaction.check()
        let revision = try await write { [history] db in try transaction.perform(history, db) }
        signal.advance(to: revision)
        return revision
    }

    /// See `ClusterStore`. Nothing is queued for a watcher: it reads the change log at its own pace, and one that falls
    /// behind the log's history ends with `gone`.
    public func watch(
        _ collections: Set<String>, after revision: UInt64
    ) async throws(StoreError) -> AsyncThrowingStream<StoreEvent, any Error> {
        try checkWatched(collections)
        let watch = SQLiteWatch(after: revision, signal: signal) {
            [self] position async throws(StoreError) in
            try await read { db in try ChangeLog.batch(of: collections, after: position, db) }
        }
        try await watch.begin()
        return AsyncThrowingStream { try await watch.next() }
    }

    /// See `ClusterStore`.
    public func revision() async throws(StoreError) -> UInt64 {
        try await read { db in try Ledger.read(db).revision }
    }

    /// Forgets the changes up to `revision`, for tests of what a bound does on its own.
    func forget(through revision: UInt64) async throws(StoreError) {
        try await write { db in
            var ledger = try Ledger.read(db)
            try ChangeLog.trim(to: HistoryBound(changes: 1, bytes: 1), &ledger, before: revision + 1, db)
            try ledger.write(db)
        }
    }

    /// Runs `body` on what is committed now, all of it as of one moment.
    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            pool.asyncRead { db in continuation.resume(returning: Self.result { try body(db.get()) }) }
        }
        return try result.get()
    }

    /// Runs `body` as one transaction after all others. GRDB's own `async` write would be called off with the calling task,
    /// and leave open whether it was done.
    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { db in
                continuation.resume(returning: Self.result { try db.performed(body) })
            }
        }
        return try result.get()
    }

    private static func attempt<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        try result(body).get()
    }

    private static func result<Value>(_ body: () throws -> Value) -> Result<Value, StoreError> {
        do {
            return .success(try body())
        } catch {
            return .failure(StoreError(sqlite: error))
        }
    }
}

extension Database {
    /// What `body` returns, once what it did is committed; after an error, nothing is.
    fileprivate func performed<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var value: Value?
        try inTransaction(.immediate) {
            value = try body(self)
            return .commit
        }
        guard let value else { throw StoreError(.unavailable, "the transaction was not run") }
        return value
    }
}

extension StoreError {
    /// The store's word for what SQLite says (sqlite.org/rescode.html).
    init(sqlite error: any Error) {
        if let error = error as? StoreError {
            self = error
        } else if let error = error as? DatabaseError {
            let code: Code =
                switch error.resultCode {
                case .SQLITE_FULL: .full
                case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged
                case .SQLITE_TOOBIG: .invalid
                default: .unavailable
                }
            self.init(code, "SQLite: \(error.message ?? "error") (\(error.extendedResultCode.rawValue))")
        } else {
            self.init(.unavailable, "\(error)")
        }
    }

    /// The store's word for a file that could not be used.
    init(file error: FileError) {
        self.init(error.code == .noSpace ? .full : .unavailable, error.message)
    }
}
