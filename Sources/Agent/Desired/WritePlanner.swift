import ClusterModel

/// What one write will do, decided before anything is stored.
struct WriteOutcome: Sendable, Equatable {
    /// The objects this write is about, with the generation whose `applied` it waits for.
    var awaited: [ObjectKey: UInt64] = [:]
    /// The version that was given is not newer than the stored one; nothing is done.
    var isStale = false
}

/// Why a source may not write an object.
struct WriteConflict: Error, Sendable, Equatable {
    let key: ObjectKey
    let owner: Source
}

/// Decides what a group of writes changes (PROTOCOL "Requests"): no-ops, stale versions, whole sets, conflicts of sources.
/// Costs the size of the group, not of the state: what the group changed lies over the state in `overlay`.
struct WritePlanner {
    private let base: DesiredState
    private let source: Source
    private let makeUID: () -> String
    private var generation: UInt64
    private var versions: [VersionScope: UInt64] = [:]
    private var complete: Set<ObjectKind> = []
    /// What the group made of an object so far; `.some(nil)` is removed.
    private var overlay: [ObjectKey: StoredObject?] = [:]
    private var order: [ObjectKey] = []

    /// A planner on top of `state` for writes of `source`; `makeUID` gives a fresh uid for an object without one.
    init(state: DesiredState, source: Source, makeUID: @escaping () -> String) {
        base = state
        generation = state.generation
        self.source = source
        self.makeUID = makeUID
    }

    /// Everything planned so far as one difference to the state; empty when nothing changes.
    var patch: StatePatch {
        var patch = StatePatch(versions: versions, complete: complete.subtracting(base.complete))
        for key in order {
            switch overlay[key] {
            case .some(.some(let stored)): patch.put.append(stored)
            case .some(.none): if base.objects[key] != nil { patch.removed.append(key) }
            case .none: break
            }
        }
        if generation > base.generation { patch.generation = generation }
        return patch
    }

    /// Plans one write on top of those before it. One that throws has changed nothing.
    mutating func plan(_ write: Write) throws(WriteConflict) -> WriteOutcome {
        switch write {
        case .put(let object, let version):
            return try put(object, version: version ?? object.meta.resourceVersion)
        case .remove(let key, let version):
            return try remove(key, version: version ?? 0)
        case .replaceAll(let kind, let wanted, let version):
            return try replaceAll(kind, with: wanted, version: version ?? 0)
        }
    }

    private func current(_ key: ObjectKey) -> StoredObject? {
        if let changed = overlay[key] { return changed }
        return base.objects[key]
    }

    private mutating func change(_ key: ObjectKey, to stored: StoredObject?) {
        if overlay.updateValue(stored, forKey: key) == nil { order.append(key) }
    }

    private mutating func put(_ object: ClusterObject, version: UInt64) throws(WriteConflict) -> WriteOutcome {
        let key = object.key
        let current = current(key)
        if let current, current.source != source { throw WriteConflict(key: key, owner: current.source) }
        let object = object.versioned(version)
        if let current, version != 0, version <= current.resourceVersion {
            return WriteOutcome(awaited: [key: current.generation], isStale: true)
        }
        noteVersion(version, of: key.kind)
        let uid = object.uid ?? current?.uid ?? makeUID()
        var stored = StoredObject(object: object, source: source, uid: uid, generation: generation + 1)
        if let current, current.uid == uid, current.object.versioned(0) == object.versioned(0) {
            stored.generation = current.generation
            if current.resourceVersion != version { change(key, to: stored) }
        } else {
            generation += 1
            change(key, to: stored)
        }
        return WriteOutcome(awaited: [key: stored.generation])
    }

    private mutating func remove(_ key: ObjectKey, version: UInt64) throws(WriteConflict) -> WriteOutcome {
        guard let current = current(key) else { return WriteOutcome(awaited: [key: generation]) }
        if current.source != source { throw WriteConflict(key: key, owner: current.source) }
        if version != 0, version <= current.resourceVersion {
            return WriteOutcome(awaited: [key: current.generation], isStale: true)
        }
        noteVersion(version, of: key.kind)
        generation += 1
        change(key, to: nil)
        return WriteOutcome(awaited: [key: generation])
    }

    private mutating func replaceAll(
        _ kind: ObjectKind, with wanted: [ClusterObject], version: UInt64
    ) throws(WriteConflict) -> WriteOutcome {
        // The picture as of `version`; the same one again is harmless, an older one would bring back what has changed since.
        if version != 0, version < newestVersion(of: kind) { return WriteOutcome(isStale: true) }
        for key in wanted.map(\.key) {
            if let current = current(key), current.source != source {
                throw WriteConflict(key: key, owner: current.source)
            }
        }
        var outcome = WriteOutcome()
        let names = Set(wanted.map(\.key))
        let present = Set(base.objects.keys).union(order).filter { $0.kind == kind && !names.contains($0) }
        for key in present.sorted() where current(key)?.source == source {
            outcome.awaited.merge(try remove(key, version: 0).awaited) { $1 }
        }
        for object in wanted {
            outcome.awaited.merge(try put(object, version: object.meta.resourceVersion).awaited) { $1 }
        }
        noteVersion(version, of: kind)
        // Only a master sends the whole picture of the node; the manifests folder is a part of it.
        if source == .master { complete.insert(kind) }
        return outcome
    }

    private func newestVersion(of kind: ObjectKind) -> UInt64 {
        let scope = VersionScope(source: source, kind: kind)
        return max(base.versions[scope] ?? 0, versions[scope] ?? 0)
    }

    private mutating func noteVersion(_ version: UInt64, of kind: ObjectKind) {
        if version > newestVersion(of: kind) { versions[VersionScope(source: source, kind: kind)] = version }
    }
}

extension ClusterObject {
    /// The identity the pusher gave: the header's uid, or a pod manifest's uuid; `nil` for none.
    var uid: String? {
        if !meta.uid.isEmpty { return meta.uid }
        if case .pod(let pod) = self, !pod.manifest.uuid.isEmpty { return pod.manifest.uuid }
        return nil
    }

    /// The same object at resourceVersion `version`, without what is only observed.
    func versioned(_ version: UInt64) -> ClusterObject {
        switch self {
        case .pod(var pod):
            pod.meta.resourceVersion = version
            pod.currentState = PodState()
            return .pod(pod)
        case .service(var service):
            service.meta.resourceVersion = version
            return .service(service)
        case .endpoints(var endpoints):
            endpoints.meta.resourceVersion = version
            return .endpoints(endpoints)
        case .minion(var minion):
            minion.meta.resourceVersion = version
            return .minion(minion)
        }
    }
}
