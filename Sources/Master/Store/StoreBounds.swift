extension StoreKey {
    /// The longest part of a key, in bytes: the longest name the API takes, and an event's time after it.
    public static let partLimit = 512

    /// Throws `invalid` for a key that not every store can hold.
    public func check() throws(StoreError) {
        try Self.check("collection", collection)
        if !namespace.isEmpty { try Self.check("namespace", namespace) }
        try Self.check("name", name)
    }

    /// Throws `invalid` unless `part` is 1 to `partLimit` printable ASCII characters without space and `/`: for those, the
    /// order of strings, of SQLite's texts and of etcd's bytes is the same, and so is equality.
    static func check(_ role: String, _ part: String) throws(StoreError) {
        let isPlain = part.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "/") }
        guard isPlain, 1...partLimit ~= part.utf8.count else {
            throw StoreError(.invalid, "a key's \(role) has 1 to \(partLimit) printable ASCII characters and no /")
        }
    }

    /// How many bytes the key takes in a request.
    var weight: Int { collection.utf8.count + namespace.utf8.count + name.utf8.count }
}

extension StoreTransaction {
    /// The most bytes one document may have: 1 MiB.
    public static let valueLimit = 1 << 20
    /// The most bytes that keys and documents of one transaction may have together, a condition's key counted twice. etcd
    /// takes requests of 1.5 MiB (`--max-request-bytes`); the rest is left for what is around them.
    public static let byteLimit = 1280 << 10
    /// The conditions one transaction may have: etcd's own bound (`--max-txn-ops`) less one for the fence.
    public static let conditionLimit = 127

    /// Throws `invalid` for a transaction that not every store can take: see the limits above. No key may be changed twice.
    public func check() throws(StoreError) {
        guard 1...Self.changeLimit ~= changes.count else {
            throw StoreError(.invalid, "a transaction makes 1 to \(Self.changeLimit) changes, not \(changes.count)")
        }
        guard conditions.count <= Self.conditionLimit else {
            throw StoreError(
                .invalid, "a transaction has at most \(Self.conditionLimit) conditions, not \(conditions.count)")
        }
        var weight = 0
        for condition in conditions {
            try condition.key.check()
            weight += 2 * condition.key.weight
        }
        var changed: Set<StoreKey> = []
        for change in changes {
            try change.key.check()
            guard changed.insert(change.key).inserted else {
                throw StoreError(.invalid, "\(change.key) is changed twice in one transaction")
            }
            guard change.value.count <= Self.valueLimit else {
                throw StoreError(
                    .invalid, "\(change.key) has \(change.value.count) bytes, more than \(Self.valueLimit)")
            }
            weight += change.key.weight + change.value.count
        }
        guard weight <= Self.byteLimit else {
            throw StoreError(.invalid, "a transaction of \(weight) bytes is larger than \(Self.byteLimit)")
        }
    }
}

extension StoreTransaction.Condition {
    /// Whose condition it is.
    public var key: StoreKey {
        switch self {
        case .absent(let key), .version(let key, _): key
        }
    }

    /// The revision the document must have; 0 where there must be none.
    public var wanted: UInt64 {
        switch self {
        case .absent: 0
        case .version(_, let revision): revision
        }
    }

    /// The error when the document's revision is `actual`, 0 for none; `nil` when the condition holds.
    public func conflict(with actual: UInt64) -> StoreError? {
        guard actual != wanted else { return nil }
        let found = actual == 0 ? "there is none" : "it is at \(actual)"
        let words = wanted == 0 ? "\(key) must not exist; \(found)" : "\(key) must be at revision \(wanted); \(found)"
        return StoreError(.conflict, words, conflict: StoreError.Conflict(key: key, actual: actual))
    }
}

extension StoreTransaction.Change {
    /// Whose document is changed.
    public var key: StoreKey {
        switch self {
        case .put(let key, _), .remove(let key): key
        }
    }

    /// The new document; empty for a removal.
    var value: [UInt8] {
        switch self {
        case .put(_, let value): value
        case .remove: []
        }
    }
}

extension StoreKey: CustomStringConvertible {
    /// `services/default/web`, `minions/node-1`.
    public var description: String {
        namespace.isEmpty ? "\(collection)/\(name)" : "\(collection)/\(namespace)/\(name)"
    }
}

/// Throws `invalid` for a watch of nothing, or of a collection that cannot be.
func checkWatched(_ collections: Set<String>) throws(StoreError) {
    guard !collections.isEmpty else { throw StoreError(.invalid, "a watch needs a collection") }
    for collection in collections { try StoreKey.check("collection", collection) }
}
