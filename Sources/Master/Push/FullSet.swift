import ClusterModel
import Wire

/// Everything a minion is to have: what all have as of one moment, its pods as of that moment or a later one.
struct FullSet: Sendable, Equatable {
    /// The catalog's newest change that is in it; of pods there may be newer ones, which are sent again.
    var sequence: UInt64
    /// The mirror's newest revision at the moment of services, endpoints and minions.
    var revision: UInt64
    /// The same of the pods; not older.
    var podRevision: UInt64
    var services: [EncodedObject]
    var endpoints: [EncodedObject]
    /// All minions, itself among them; `nil` for an agent that does not know the kind.
    var minions: [EncodedObject]?
    var pods: [EncodedObject]
    /// Kinds of which some objects are not known: a minion is given those that are and keeps what else it has.
    var incomplete: Set<ObjectKind> = []

    /// The sets of all kinds in parts of about `partBytes`, made one at a time.
    /// - Parameters:
    ///   - versioned: whether versions are told; without them the minion takes what is older than what it has.
    ///   - refused: what is left out, in the version the minion has refused.
    func parts(versioned: Bool, without refused: [ObjectKey: UInt64], partBytes: Int) -> FullSetParts {
        // Minions before pods: a pod is started in the network that the minion's own entry names.
        let kinds: [(ObjectKind, [EncodedObject], UInt64)] =
            [(.service, services, revision), (.endpoints, endpoints, revision)]
            + (minions.map { [(.minion, $0, revision)] } ?? []) + [(.pod, pods, podRevision)]
        return FullSetParts(
            kinds: kinds, incomplete: incomplete, versioned: versioned, refused: refused, partBytes: partBytes)
    }
}

/// The lines of a full set between `begin` and `commit`. Every kind has at least one, empty where nothing is wanted; one that is
/// incomplete has one per object, so that nothing is taken away.
struct FullSetParts: Sequence, IteratorProtocol {
    private let kinds: [(kind: ObjectKind, objects: [EncodedObject], revision: UInt64)]
    private let incomplete: Set<ObjectKind>
    private let versioned: Bool
    private let refused: [ObjectKey: UInt64]
    private let partBytes: Int
    private var kind = 0
    private var object = 0

    fileprivate init(
        kinds: [(ObjectKind, [EncodedObject], UInt64)], incomplete: Set<ObjectKind>, versioned: Bool,
        refused: [ObjectKey: UInt64], partBytes: Int
    ) {
        self.kinds = kinds
        self.incomplete = incomplete
        self.versioned = versioned
        self.refused = refused
        self.partBytes = partBytes
    }

    mutating func next() -> EncodedRequest? {
        while kind < kinds.count, incomplete.contains(kinds[kind].kind) {
            if let next = nextAlone(kinds[kind].objects) { return next.apply(versioned: versioned) }
            kind += 1
            object = 0
        }
        guard kind < kinds.count else { return nil }
        let (kind, objects, revision) = kinds[kind]
        var items: [UInt8] = []
        while object < objects.count, items.count < partBytes {
            let next = objects[object]
            object += 1
            if refused[next.key] == next.version { continue }
            if !items.isEmpty { items.append(UInt8(ascii: ",")) }
            next.writeItem(into: &items, versioned: versioned)
        }
        let more = object < objects.count
        if !more {
            self.kind += 1
            object = 0
        }
        return .set(kind, items: items, resourceVersion: versioned ? revision : nil, more: more)
    }

    private mutating func nextAlone(_ objects: [EncodedObject]) -> EncodedObject? {
        while object < objects.count {
            let next = objects[object]
            object += 1
            if refused[next.key] != next.version { return next }
        }
        return nil
    }
}
