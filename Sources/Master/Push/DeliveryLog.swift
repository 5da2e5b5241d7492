import ClusterModel

/// The newest change of each object, in the order in which the changes became known. Whoever has seen all up to a number can
/// be given the rest; one that is slow finds the newest of each object and no backlog.
///
/// Numbers and not revisions order it: a mirror that lists anew learns of changes out of their order.
struct DeliveryLog: Sendable {
    /// What became of an object.
    struct Change: Sendable, Equatable {
        /// From 1, rising.
        var sequence: UInt64
        var key: ObjectKey
        /// The store's revision of the change.
        var version: UInt64
        /// `nil` when it is no longer wanted.
        var object: EncodedObject?
    }

    private struct Place {
        var sequence: UInt64
        var key: ObjectKey
    }

    /// Places of overtaken changes that are kept at least, so that small logs are not rewritten all the time.
    private static let slack = 64

    /// Removals up to this number may have been forgotten: who has seen less needs everything.
    private(set) var floor: UInt64 = 0
    private var changes: [ObjectKey: Change] = [:]
    /// Rising; some are of changes that were overtaken.
    private var order: [Place] = []
    private var removalCount = 0
    private let removalLimit: Int

    /// An empty log that remembers between `removalLimit` and twice as many removals.
    init(removalLimit: Int) {
        self.removalLimit = removalLimit
    }

    /// The newest change of an object, unless it is forgotten.
    subscript(key: ObjectKey) -> Change? { changes[key] }

    /// How many objects are wanted.
    var objectCount: Int { changes.count - removalCount }

    /// What the log holds: its objects, its removals, and changes that were overtaken.
    var placeCount: Int { order.count }

    /// Adds a change whose number is larger than any before it.
    mutating func add(_ change: Change) {
        if let overtaken = changes.updateValue(change, forKey: change.key), overtaken.object == nil {
            removalCount -= 1
        }
        if change.object == nil { removalCount += 1 }
        order.append(Place(sequence: change.sequence, key: change.key))
        if order.count > 2 * changes.count + Self.slack || removalCount > 2 * removalLimit { compact() }
    }

    /// The next changes after number `sequence`, at most `limit`.
    func changes(after sequence: UInt64, limit: Int) -> [Change] {
        var found: [Change] = []
        for place in order[firstPlace(after: sequence)...] {
            guard found.count < limit else { break }
            if let change = current(place) { found.append(change) }
        }
        return found
    }

    /// What is wanted of `kind`, in the order of its newest changes.
    func objects(_ kind: ObjectKind) -> [EncodedObject] {
        order.compactMap { $0.key.kind == kind ? current($0)?.object : nil }
    }

    private func current(_ place: Place) -> Change? {
        guard let change = changes[place.key], change.sequence == place.sequence else { return nil }
        return change
    }

    private func firstPlace(after sequence: UInt64) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Leaves out overtaken places and the oldest removals that are too many.
    private mutating func compact() {
        var kept: [Place] = []
        for place in order {
            guard let change = current(place) else { continue }
            if change.object == nil, removalCount > removalLimit {
                changes[place.key] = nil
                removalCount -= 1
                floor = place.sequence
            } else {
                kept.append(place)
            }
        }
        order = kept
    }
}
