import ClusterModel
import Wire

/// Everything a minion is to have: what all have as of one moment, its pods as of that moment or a later one.
struct FullSet: Sendable, Equatable {
    /// The catalog's newest change that is in it; of pods there may be newer ones, which are sent again.
    var sequence: UInt64
    /// The mirror's newest revision at the moment of services and endpoints.
    var revision: UInt64
    /// The same of the pods; not older.
    var podRevision: UInt64
    var services: [EncodedObject]
    var endpoints: [EncodedObject]
    var pods: [EncodedObject]

    /// The sets of all kinds in parts of about `partBytes`, made one at a time.
    /// - Parameters:
    ///   - versioned: whether versions are told; without them the minion takes what is older than what it has.
    ///   - refused: what is left out, in the version the minion has refused.
    func parts(versioned: Bool, without refused: [ObjectKey: UInt64], partBytes: Int) -> FullSetParts {
        let kinds = [
            (ObjectKind.service, services, revision), (.endpoints, endpoints, revision), (.pod, pods, podRevision),
        ]
        return FullSetParts(kinds: kinds, versioned: versioned, refused: refused, partBytes: partBytes)
    }
}

/// The lines of a full set between `begin` and `commit`. Every kind has at least one, empty where nothing is wanted.
struct FullSetParts: Sequence, IteratorProtocol {
    private let kinds: [(kind: ObjectKind, objects: [EncodedObject], revision: UInt64)]
    private let versioned: Bool
    private let refused: [ObjectKey: UInt64]
    private let partBytes: Int
    private var kind = 0
    private var object = 0

    fileprivate init(
        kinds: [(ObjectKind, [EncodedObject], UInt64)], versioned: Bool, refused: [ObjectKey: UInt64], partBytes: Int
    ) {
        self.kinds = kinds
        self.versioned = versioned
        self.refused = refused
        self.partBytes = partBytes
    }

    mutating func next() -> EncodedRequest? {
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
}
