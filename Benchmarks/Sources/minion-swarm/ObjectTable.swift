/// What a minion is given. The first three are the same for all.
enum SwarmKind: Int, CaseIterable {
    case service, endpoints, minion, pod

    /// As it stands on the wire.
    var name: StaticString {
        switch self {
        case .service: "Service"
        case .endpoints: "Endpoints"
        case .minion: "Minion"
        case .pod: "Pod"
        }
    }

    init?(_ text: Range<Int>, in line: JSONSkim) {
        guard let kind = Self.allCases.first(where: { line.has(SwarmRequest.unquoted(text), $0.name) }) else {
            return nil
        }
        self = kind
    }
}

/// A number for an object's kind, namespace and name: 64-bit FNV-1a. Of some ten thousand names no two share one.
struct ObjectKey: Hashable {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ kind: SwarmKind, namespace: some Sequence<UInt8>, name: some Sequence<UInt8>) {
        add(UInt8(kind.rawValue))
        for byte in namespace { add(byte) }
        add(UInt8(ascii: "/"))
        for byte in name { add(byte) }
    }

    private mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
}

/// Which minions have the newest version of each object that all are to have: a bit per minion and object, and nothing else.
struct ObjectTable {
    /// One object.
    struct Entry {
        let kind: SwarmKind
        /// The newest that any minion was given.
        var version: UInt64
        var isRemoved = false
        /// How many minions have it in that version.
        var holders = 0
        /// When the last of them got it; nanoseconds of CLOCK_MONOTONIC.
        var completed: UInt64 = 0
    }

    private let minions: Int
    private let stride: Int
    private var entries: [Entry] = []
    private var places: [ObjectKey: Int] = [:]
    /// `stride` words of each entry.
    private var bits: [UInt64] = []

    /// Nothing yet, for `minions` minions.
    init(minions: Int) {
        self.minions = minions
        stride = (minions + 63) / 64
    }

    /// One object; `nil` where no minion was ever given it.
    subscript(key: ObjectKey) -> Entry? { places[key].map { entries[$0] } }

    /// How many there are of a kind, and how many of them all minions have.
    func counts(_ kind: SwarmKind) -> (known: Int, everywhere: Int) {
        let present = entries.filter { $0.kind == kind && !$0.isRemoved }
        return (present.count, present.count { $0.holders == minions })
    }

    /// Objects and removals that not all minions have in the newest version.
    var behind: Int { entries.count { $0.holders < minions } }

    /// `minion` has the object in `version`, or that version says that it is gone.
    mutating func hold(
        _ key: ObjectKey, _ kind: SwarmKind, version: UInt64, isRemoved: Bool, by minion: Int, now: UInt64
    ) {
        let place = place(of: key, kind, version)
        if version > entries[place].version {
            for word in place * stride..<(place + 1) * stride { bits[word] = 0 }
            entries[place].version = version
            entries[place].holders = 0
            entries[place].isRemoved = isRemoved
        } else if version < entries[place].version {
            return
        }
        let (word, bit) = (place * stride + minion / 64, UInt64(1) << (minion % 64))
        guard bits[word] & bit == 0 else { return }
        bits[word] |= bit
        entries[place].holders += 1
        if entries[place].holders == minions { entries[place].completed = now }
    }

    /// `minion` is about to be given the whole set of `kind`: what is gone it does not have.
    mutating func restart(_ kind: SwarmKind, of minion: Int) {
        let bit = UInt64(1) << (minion % 64)
        for place in entries.indices where entries[place].kind == kind {
            let word = place * stride + minion / 64
            let hadIt = bits[word] & bit != 0
            let hasIt = entries[place].isRemoved
            if hadIt != hasIt { entries[place].holders += hasIt ? 1 : -1 }
            if hasIt { bits[word] |= bit } else { bits[word] &= ~bit }
        }
    }

    private mutating func place(of key: ObjectKey, _ kind: SwarmKind, _ version: UInt64) -> Int {
        if let known = places[key] { return known }
        places[key] = entries.count
        entries.append(Entry(kind: kind, version: version))
        bits += repeatElement(0, count: stride)
        return entries.count - 1
    }
}
