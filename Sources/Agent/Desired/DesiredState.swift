import ClusterModel

/// Who wants an object. A source never touches another's objects (PROTOCOL "Sources").
enum Source: String, Sendable, Hashable, CaseIterable {
    /// Port 10250 and the local socket.
    case master
    /// The manifests folder.
    case file
}

/// An object as it is kept: what was pushed, who pushed it, and which change of it this is.
struct StoredObject: Sendable, Equatable {
    var object: ClusterObject
    var source: Source
    /// The object's own uid where it has one, otherwise one made up at its first acceptance and kept since.
    var uid: String
    /// Rises with every change of any object; what an `applied` ack waits for.
    var generation: UInt64

    /// The version the pusher gave, 0 for none.
    var resourceVersion: UInt64 { object.meta.resourceVersion }
}

/// The highest leadership term seen, and whose it is.
struct Leadership: Sendable, Equatable {
    var master: String
    var term: UInt64
}

/// What a resourceVersion counts the changes of.
struct VersionScope: Sendable, Hashable {
    var source: Source
    var kind: ObjectKind
}

/// One wish of a source.
enum Write: Sendable, Equatable {
    case put(ClusterObject, resourceVersion: UInt64?)
    case remove(ObjectKey, resourceVersion: UInt64?)
    /// The whole set of a kind from this source; what it lacks is removed.
    case replaceAll(ObjectKind, [ClusterObject], resourceVersion: UInt64?)
}

/// What is wanted of this node, from all sources. A value: it is changed only by a `StatePatch`, and a patch is stored
/// before it is applied (law 1).
struct DesiredState: Sendable, Equatable {
    private(set) var objects: [ObjectKey: StoredObject] = [:]
    /// The newest resourceVersion stored per source and kind. Removals count, so no older `set` brings an object back.
    private(set) var versions: [VersionScope: UInt64] = [:]
    private(set) var leadership: Leadership?
    /// Kinds of which a source has sent its whole set: only then may what is not wanted be removed (law 3).
    private(set) var complete: Set<ObjectKind> = []
    /// Kinds of which records were lost since a source last sent their whole set: unknown things of them may be ours (law 3),
    /// over restarts too.
    private(set) var partial: Set<ObjectKind> = []
    /// The newest generation given out.
    private(set) var generation: UInt64 = 0

    mutating func apply(_ patch: StatePatch) {
        for key in patch.removed { objects[key] = nil }
        for stored in patch.put {
            objects[stored.object.key] = stored
            generation = max(generation, stored.generation)
        }
        versions.merge(patch.versions) { max($0, $1) }
        if let leadership = patch.leadership { self.leadership = leadership }
        partial.formUnion(patch.partial)
        complete.subtract(patch.partial)
        partial.subtract(patch.complete)
        complete.formUnion(patch.complete)
        generation = max(generation, patch.generation)
    }

    /// The newest resourceVersion stored per source, for `ready`.
    var newestVersions: [Source: UInt64] {
        Dictionary(versions.map { ($0.key.source, $0.value) }) { max($0, $1) }
    }

    /// Patches that rebuild this state from nothing, at most one object each so that no record grows without bound.
    func snapshot() -> [StatePatch] {
        var header = StatePatch()
        header.versions = versions
        header.leadership = leadership
        header.complete = complete
        header.partial = partial
        header.generation = generation
        let ordered = objects.sorted { $0.key < $1.key }
        return [header] + ordered.map { StatePatch(put: [$0.value]) }
    }
}

/// The difference between two states; one record of the store's log, so it is applied whole or not at all.
struct StatePatch: Sendable, Equatable {
    var put: [StoredObject] = []
    var removed: [ObjectKey] = []
    var versions: [VersionScope: UInt64] = [:]
    var leadership: Leadership?
    var complete: Set<ObjectKind> = []
    /// Kinds of which objects may have been lost.
    var partial: Set<ObjectKind> = []
    var generation: UInt64 = 0

    var isEmpty: Bool { self == StatePatch() }
}
