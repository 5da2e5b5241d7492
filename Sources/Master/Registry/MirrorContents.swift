import ClusterModel

/// What a mirror knows. Every change is applied by its revision: what is older than what is known changes nothing, so that a
/// watch may begin again where it was cut, also in the middle of a transaction.
struct MirrorContents {
    private(set) var objects: [APIKind: [ObjectRef: APIObject]] = [:]
    private(set) var podStates: [ObjectRef: PodState] = [:]
    private(set) var conditions: [String: MinionCondition] = [:]
    private(set) var revision: UInt64 = 0
    private(set) var isSynced = false
    /// Whether changes were missed and everything must be listed again.
    var isStale = true
    /// Documents that cannot be read, and why; what was known of their objects before stays.
    private(set) var damaged: [ObjectRef: StoreError] = [:]
    /// Those that were found since somebody emptied this.
    var newlyDamaged: [StoreError] = []
    /// Per kind, the revision its listing was of: older changes are in it.
    private var listed: [APIKind: UInt64] = [:]
    /// The store that was listed, see `StoreListing`.
    private var incarnation: UInt64?
    /// What was told of each kind's damage.
    private var toldDamage: [APIKind: Int] = [:]

    /// The revision to watch after, since all up to it is known: one before the newest seen, of whose transaction the rest may
    /// be missing.
    var resumption: UInt64 {
        let oldestListing = listed.values.min() ?? 0
        return revision > (listed.values.max() ?? 0) ? revision - 1 : oldestListing
    }

    /// Everything as changes.
    var everything: [ClusterChange] {
        let puts = APIKind.allCases.flatMap { kind in
            objects[kind, default: [:]].sorted { $0.key < $1.key }.map { ClusterChange.put($0.value) }
        }
        let states = podStates.sorted { $0.key < $1.key }.map { ClusterChange.podStatus($0.key, $0.value) }
        let minions = conditions.sorted { $0.key < $1.key }.map { ClusterChange.minionCondition($0.key, $0.value) }
        let damage = toldDamage.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            ClusterChange.damaged($0.key, $0.value)
        }
        return puts + states + minions + damage + (isSynced ? [.synced] : [])
    }

    /// Whether what the store lists of a kind cannot come after what is known: it was put back to an earlier state, or is
    /// another one.
    func isContradicted(by listing: StoreListing, of kind: APIKind) -> Bool {
        guard let incarnation else { return false }
        if listing.revision < revision || listing.incarnation != incarnation { return true }
        return listing.entries.contains { entry in
            guard let ref = ObjectRef(entry.key), let known = objects[kind]?[ref] else { return false }
            return known.meta.resourceVersion > entry.modified
        }
    }

    /// Replaces the objects of a kind by what the store listed and returns what that changes.
    mutating func replace(_ kind: APIKind, by listing: StoreListing, decoder: DocumentDecoder) -> [ClusterChange] {
        var changes: [ClusterChange] = []
        var gone = objects[kind, default: [:]]
        let told = damaged.filter { $0.key.kind == kind }
        for ref in told.keys { damaged[ref] = nil }
        for entry in listing.entries {
            if let ref = ObjectRef(entry.key) { gone[ref] = nil }
            changes += put(entry, decoder: decoder)
        }
        newlyDamaged.removeAll(where: told.values.contains)
        for (_, last) in gone.sorted(by: { $0.key < $1.key }) {
            changes.append(remove(last, at: listing.revision))
        }
        listed[kind] = listing.revision
        incarnation = listing.incarnation
        revision = max(revision, listing.revision)
        return changes
    }

    /// Every kind has been replaced.
    mutating func finishListing() -> [ClusterChange] {
        isStale = false
        var changes = damageChanges()
        if !isSynced { changes.append(.synced) }
        isSynced = true
        return changes
    }

    /// Applies one event of the store and returns what that changes here.
    mutating func apply(_ event: StoreEvent, decoder: DocumentDecoder) -> [ClusterChange] {
        revision = max(revision, event.revision)
        switch event {
        case .put(let entry):
            guard let ref = ObjectRef(entry.key), entry.modified > listed[ref.kind, default: 0] else { return [] }
            return put(entry, decoder: decoder) + damageChanges()
        case .removed(let last, let revision):
            guard let ref = ObjectRef(last.key), revision > listed[ref.kind, default: 0] else { return [] }
            damaged[ref] = nil
            guard let object = objects[ref.kind]?[ref], object.meta.resourceVersion < revision else {
                return damageChanges()
            }
            return [remove(object, at: revision)] + damageChanges()
        }
    }

    /// What is to be told of documents that cannot be read.
    private mutating func damageChanges() -> [ClusterChange] {
        if damaged.isEmpty, toldDamage.isEmpty { return [] }
        var counts: [APIKind: Int] = [:]
        for ref in damaged.keys where objects[ref.kind]?[ref] == nil { counts[ref.kind, default: 0] += 1 }
        var changes: [ClusterChange] = []
        for kind in APIKind.allCases where counts[kind] != toldDamage[kind] {
            changes.append(.damaged(kind, counts[kind] ?? 0))
        }
        toldDamage = counts
        return changes
    }

    /// Notes what a minion says of a pod; `nil` when it is known or the pod is not.
    mutating func note(_ state: PodState, of pod: ObjectRef) -> ClusterChange? {
        guard objects[.pod]?[pod] != nil, podStates[pod] != state else { return nil }
        podStates[pod] = state
        return .podStatus(pod, state)
    }

    /// Notes how a minion is; `nil` when it is known.
    mutating func note(_ condition: MinionCondition, of minion: String) -> ClusterChange? {
        guard conditions.updateValue(condition, forKey: minion) != condition else { return nil }
        return .minionCondition(minion, condition)
    }

    /// Forgets what minions said; nobody is told, because who asks afterwards begins anew.
    mutating func forgetReports() {
        podStates = [:]
        conditions = [:]
    }

    private mutating func put(_ entry: StoreEntry, decoder: DocumentDecoder) -> [ClusterChange] {
        // What is known in this version is not read again.
        if let ref = ObjectRef(entry.key), let known = objects[ref.kind]?[ref],
            known.meta.resourceVersion >= entry.modified
        {
            return []
        }
        let object: APIObject
        do { object = try decoder.object(entry) } catch {
            if let ref = ObjectRef(entry.key) { damaged[ref] = error }
            newlyDamaged.append(error)
            return []
        }
        let ref = object.ref
        damaged[ref] = nil
        var changes: [ClusterChange] = []
        // Another object of the name: what was said of the first is not of this one.
        if let known = objects[ref.kind]?[ref], entry.created > known.meta.resourceVersion {
            changes = [remove(known, at: entry.created)]
        }
        objects[ref.kind, default: [:]][ref] = object
        return changes + [.put(object)]
    }

    private mutating func remove(_ object: APIObject, at revision: UInt64) -> ClusterChange {
        objects[object.kind]?[object.ref] = nil
        podStates[object.ref] = nil
        if object.kind == .minion { conditions[object.meta.name] = nil }
        return .removed(last: object, revision: revision)
    }
}
