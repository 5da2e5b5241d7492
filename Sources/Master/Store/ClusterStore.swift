/// Where the cluster's objects are: a map from keys to documents with one counter of changes, transactions that compare
/// and swap, and a watch that can be resumed. SQLite and etcd stand behind it and pass the same cases.
///
/// What a call returns is durable: it survives kill -9 and a power cut of the machine, or of a minority of an etcd.
public protocol ClusterStore: Sendable {
    /// The document at `key`, as of now; `nil` where there is none.
    func get(_ key: StoreKey) async throws(StoreError) -> StoreEntry?

    /// Every document of a collection, in order of their keys, as of one revision.
    /// - Parameter namespace: `nil` for all.
    func list(_ collection: String, namespace: String?) async throws(StoreError) -> StoreListing

    /// Checks every condition and makes every change, or does nothing.
    /// - Returns: the revision of the changes: that of every document put here. It is larger than any before it. Where
    ///   nothing was to be changed, because what is removed was not there, the newest revision.
    /// - Throws: `invalid` for what `StoreTransaction.check` refuses; `deposed` when the lead of its fence is over; `conflict`
    ///   with the first condition that does not hold.
    @discardableResult
    func commit(_ transaction: StoreTransaction) async throws(StoreError) -> UInt64

    /// Every change of `collections` after `revision`, once and in order, and then as they come. The stream ends when the
    /// caller ends it, or throws: `gone` when changes after `revision` are no longer kept, or the watcher was too slow
    /// (list again), `unavailable` when the store cannot be reached (resume from the last revision seen).
    func watch(_ collections: Set<String>, after revision: UInt64) async throws(StoreError)
        -> AsyncThrowingStream<StoreEvent, any Error>

    /// The revision of the newest change.
    func revision() async throws(StoreError) -> UInt64
}

/// What identifies a document.
public struct StoreKey: Sendable, Hashable {
    /// The kind of thing, as the API's paths spell it: `services`. Every part is printable ASCII, see `check`.
    public var collection: String
    /// Empty for what belongs to no namespace, as minions.
    public var namespace: String
    /// The object's name. No part of a key contains `/`.
    public var name: String

    /// A key.
    public init(_ collection: String, namespace: String = "", name: String) {
        self.collection = collection
        self.namespace = namespace
        self.name = name
    }
}

extension StoreKey: Comparable {
    /// By collection, namespace, name.
    public static func < (left: StoreKey, right: StoreKey) -> Bool {
        (left.collection, left.namespace, left.name) < (right.collection, right.namespace, right.name)
    }
}

/// A document as it is stored.
public struct StoreEntry: Sendable, Equatable {
    /// Whose document it is.
    public var key: StoreKey
    /// JSON, at most 1 MiB. The store does not look into it.
    public var value: [UInt8]
    /// The revision that made it; a document that is removed and made again has a new one.
    public var created: UInt64
    /// The revision of its newest change.
    public var modified: UInt64

    /// A document.
    public init(key: StoreKey, value: [UInt8], created: UInt64, modified: UInt64) {
        self.key = key
        self.value = value
        self.created = created
        self.modified = modified
    }
}

/// A collection at one moment.
public struct StoreListing: Sendable, Equatable {
    /// In order of their keys.
    public var entries: [StoreEntry]
    /// The store's newest revision at that moment: watch after it, and nothing is missed.
    public var revision: UInt64
    /// Whose revision it is: another number is another store in the place of the first, as an etcd made anew of a snapshot.
    public var incarnation: UInt64

    /// A collection at one moment.
    public init(entries: [StoreEntry], revision: UInt64, incarnation: UInt64 = 0) {
        self.entries = entries
        self.revision = revision
        self.incarnation = incarnation
    }
}

/// Changes that are made together, if all conditions hold.
public struct StoreTransaction: Sendable, Equatable {
    /// What must be true of a key.
    public enum Condition: Sendable, Equatable {
        /// There is no document.
        case absent(StoreKey)
        /// There is a document, at this revision.
        case version(StoreKey, UInt64)
    }

    /// What is done to a key.
    public enum Change: Sendable, Equatable {
        /// Makes the document, or replaces it.
        case put(StoreKey, [UInt8])
        /// Removes the document; what is not there is removed already, and no watch shows it.
        case remove(StoreKey)
    }

    /// The changes one transaction may hold: etcd's own bound (`--max-txn-ops`).
    public static let changeLimit = 128

    /// All must hold.
    public var conditions: [Condition]
    /// At least one, each of another key, at most `changeLimit`.
    public var changes: [Change]
    /// The lead it is made under, which must not be over; `nil` for a write that is nobody's in particular. A store with one
    /// master need not look at it.
    public var fence: LeadFence?

    /// A transaction.
    public init(conditions: [Condition] = [], changes: [Change], fence: LeadFence? = nil) {
        self.conditions = conditions
        self.changes = changes
        self.fence = fence
    }
}

/// One change of a document, as a watch shows it.
public enum StoreEvent: Sendable, Equatable {
    /// Made (`created == modified`) or replaced.
    case put(StoreEntry)
    /// Removed at `revision`; `last` is what it was.
    case removed(last: StoreEntry, revision: UInt64)

    /// Whose document was changed.
    public var key: StoreKey {
        switch self {
        case .put(let entry): entry.key
        case .removed(let last, _): last.key
        }
    }

    /// The revision of the change.
    public var revision: UInt64 {
        switch self {
        case .put(let entry): entry.modified
        case .removed(_, let revision): revision
        }
    }
}

/// Why the store did not do what it was asked.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Code: String, Sendable {
        /// A condition did not hold: nothing was changed.
        case conflict
        /// The lead that the transaction was made under is over: nothing was changed.
        case deposed
        /// The changes asked for are no longer kept.
        case gone
        /// The store cannot be reached or did not answer in time. Whether a commit took effect is unknown.
        case unavailable
        /// The disk is full, or etcd's space quota is used up: nothing was changed.
        case full
        /// The file or the answer makes no sense.
        case damaged
        /// The transaction breaks a bound: nothing was changed.
        case invalid
    }

    /// What kind of failure it was.
    public var code: Code
    /// In words, with the store's own.
    public var message: String
    /// Of a `conflict`: the condition's key and the revision it really has, 0 for none.
    public var conflict: Conflict?

    /// The condition that did not hold.
    public struct Conflict: Sendable, Equatable {
        /// Whose condition.
        public var key: StoreKey
        /// The document's real revision, 0 where there is none.
        public var actual: UInt64

        /// A condition that did not hold.
        public init(key: StoreKey, actual: UInt64) {
            self.key = key
            self.actual = actual
        }
    }

    /// An error.
    public init(_ code: Code, _ message: String, conflict: Conflict? = nil) {
        self.code = code
        self.message = message
        self.conflict = conflict
    }

    /// The words.
    public var description: String { message }
}
