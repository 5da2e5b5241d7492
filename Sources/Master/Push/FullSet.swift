import ClusterModel
import Synchronization
import Wire

/// What all minions have, as of one moment: one for all links that ask at about the same time.
final class SharedSet: Sendable {
    let services: [EncodedObject]
    let endpoints: [EncodedObject]
    let minions: [EncodedObject]
    /// The catalog's newest change that is in it.
    let sequence: UInt64
    /// The mirror's newest revision.
    let revision: UInt64
    /// About how long a part is.
    let partBytes: Int
    /// What most are sent, made when the first one is: a thousand that come back at once are given the same bytes.
    private let lines = Mutex<(alone: [EncodedRequest], withPeers: [EncodedRequest])?>(nil)

    init(
        services: [EncodedObject], endpoints: [EncodedObject], minions: [EncodedObject], sequence: UInt64,
        revision: UInt64, partBytes: Int
    ) {
        self.services = services
        self.endpoints = endpoints
        self.minions = minions
        self.sequence = sequence
        self.revision = revision
        self.partBytes = partBytes
    }

    /// The objects by kind, in the order in which they are sent. Minions come before pods: a pod is started in the network that
    /// the minion's own entry names.
    fileprivate func kinds(peers: Bool) -> [FullSetParts.Kind] {
        let all: [FullSetParts.Kind] = [(.service, services, revision), (.endpoints, endpoints, revision)]
        return peers ? all + [(.minion, minions, revision)] : all
    }

    /// All parts with their versions, nothing left out.
    fileprivate func lines(peers: Bool) -> [EncodedRequest] {
        lines.withLock { lines in
            let made = lines ?? madeLines()
            lines = made
            return peers ? made.withPeers : made.alone
        }
    }

    /// Both lists are made once: a thousand links hold them at a time.
    private func madeLines() -> (alone: [EncodedRequest], withPeers: [EncodedRequest]) {
        let alone = parts(kinds(peers: false))
        return (alone, alone + parts([(.minion, minions, revision)]))
    }

    private func parts(_ kinds: [FullSetParts.Kind]) -> [EncodedRequest] {
        Array(FullSetParts(kinds: kinds, versioned: true, partBytes: partBytes))
    }
}

/// Everything a minion is to have: what all have as of one moment, its pods as of that moment or a later one.
struct FullSet: Sendable {
    let shared: SharedSet
    /// Whether it is told of its peers: of all minions, itself among them.
    let peers: Bool
    /// The mirror's newest revision at the moment of the pods; not older than that of the rest.
    let podRevision: UInt64
    let pods: [EncodedObject]
    /// Kinds of which some objects are not known: a minion is given those that are and keeps what else it has.
    let incomplete: Set<ObjectKind>

    /// The catalog's newest change that is in it; of pods there may be newer ones, which are sent again.
    var sequence: UInt64 { shared.sequence }

    /// The sets of all kinds in parts of about `SharedSet.partBytes`, made one at a time or for all at once.
    /// - Parameters:
    ///   - versioned: whether versions are told; without them the minion takes what is older than what it has.
    ///   - refused: what is left out, in the version the minion has refused.
    func parts(versioned: Bool, without refused: [ObjectKey: UInt64]) -> FullSetParts {
        let own: FullSetParts.Kind = (.pod, pods, podRevision)
        if versioned, refused.isEmpty, incomplete.isEmpty {
            return FullSetParts(
                ready: shared.lines(peers: peers), kinds: [own], versioned: true, partBytes: shared.partBytes)
        }
        return FullSetParts(
            kinds: shared.kinds(peers: peers) + [own], incomplete: incomplete, versioned: versioned, refused: refused,
            partBytes: shared.partBytes)
    }
}

/// The lines of a full set between `begin` and `commit`. Every kind has at least one, empty where nothing is wanted;
/// one that is incomplete has one per object, so that nothing is taken away.
struct FullSetParts: Sequence, IteratorProtocol {
    typealias Kind = (kind: ObjectKind, objects: [EncodedObject], revision: UInt64)

    /// What is made already, and comes first.
    private var ready: ArraySlice<EncodedRequest>
    private let kinds: [Kind]
    private let incomplete: Set<ObjectKind>
    private let versioned: Bool
    private let refused: [ObjectKey: UInt64]
    private let partBytes: Int
    private var kind = 0
    private var object = 0

    fileprivate init(
        ready: [EncodedRequest] = [], kinds: [Kind], incomplete: Set<ObjectKind> = [], versioned: Bool,
        refused: [ObjectKey: UInt64] = [:], partBytes: Int
    ) {
        self.ready = ready[...]
        self.kinds = kinds
        self.incomplete = incomplete
        self.versioned = versioned
        self.refused = refused
        self.partBytes = partBytes
    }

    mutating func next() -> EncodedRequest? {
        if let first = ready.popFirst() { return first }
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
