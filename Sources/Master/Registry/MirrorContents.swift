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
    /// Documents that could not be read, in words, since somebody emptied this; what was known of them before stays.
    var damage: [StoreError] = []
    /// Per kind, the revision its listing was of: older changes are in it.
    private var listed: [APIKind: UInt64] = [:]

    /// The revision to watch after: one before the newest seen, of whose transaction the rest may be missing.
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
        return puts + states + minions + (isSynced ? [.synced] : [])
    }

    /// Replaces all objects by what the store listed and returns what that changes.
    mutating func replace(by listings: [APIKind: StoreListing], decoder: DocumentDecoder) -> [ClusterChange] {
        var changes: [ClusterChange] = []
        for kind in APIKind.allCases {
            guard let listing = listings[kind] else { continue }
            var gone = objects[kind, default: [:]]
            for entry in listing.entries {
                if let ref = ObjectRef(entry.key) { gone[ref] = nil }
                changes += put(entry, decoder: decoder)
            }
            for (_, last) in gone.sorted(by: { $0.key < $1.key }) {
                changes.append(remove(last, at: listing.revision))
            }
            listed[kind] = listing.revision
            revision = max(revision, listing.revision)
        }
        isStale = false
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
            return put(entry, decoder: decoder)
        case .removed(let last, let revision):
            guard let ref = ObjectRef(last.key), revision > listed[ref.kind, default: 0],
                let object = objects[ref.kind]?[ref], object.meta.resourceVersion < revision
            else { return [] }
            return [remove(object, at: revision)]
        }
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
        let object: APIObject
        do { object = try decoder.object(entry) } catch {
            damage.append(error)
            return []
        }
        let ref = object.ref
        var changes: [ClusterChange] = []
        if let known = objects[ref.kind]?[ref] {
            guard known.meta.resourceVersion < entry.modified else { return [] }
            // Another object of the name: what was said of the first is not of this one.
            if entry.created > known.meta.resourceVersion { changes = [remove(known, at: entry.created)] }
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
