import ClusterModel
import Wire

/// What one minion is given next, what is on its way and what was heard of it. Pure: the link sends and tells it what came.
///
/// It holds a number, not a set: whatever the catalog numbers up to `cursor` was sent, and up to `held` was stored. So it
/// costs a window of requests and the exceptions, however many services there are.
struct PushPlanner: Sendable {
    /// What to do next.
    enum Step: Sendable, Equatable {
        /// Send everything inside begin and commit, less what was refused in the version given.
        case fullSet(versioned: Bool, without: [ObjectKey: UInt64])
        /// Send the next changes; `caughtUp` if there are none.
        case changes(after: UInt64, limit: Int)
        /// Offer these again as they are now.
        case retry([ObjectKey])
        case wait
    }

    /// How a session begins.
    enum Opening: Sendable, Equatable {
        /// The minion has what it was known to have: only differences are sent.
        case resume
        /// It is new, lost something or was written to by others: everything is sent.
        case fullSet(versioned: Bool)
        /// It knows of changes the master has not seen yet: look again soon.
        case tooEarly
    }

    /// A full set that is to be taken.
    struct Order: Sendable, Equatable {
        var versioned: Bool
        /// Whether every object was offered alone, because the set was refused.
        var isProbed = false
    }

    enum Stage: Sendable, Equatable {
        /// No session.
        case apart
        case fullSet(Order)
        /// The commit is on its way.
        case committing(Order)
        /// Everything is offered alone, to learn what the minion refuses.
        case probing(Order)
        case differences
    }

    /// What the minion is known to have stored.
    struct Held: Sendable, Equatable {
        /// Everything up to this number.
        var sequence: UInt64
        /// The newest version it has acked; it cannot have less.
        var acked: UInt64
        /// The newest version it was sent; it cannot have more, unless others wrote.
        var sent: UInt64
    }

    /// A request without its last reply.
    struct Outstanding: Sendable, Equatable {
        /// `nil` is the commit.
        var key: ObjectKey?
        /// `nil` for what is offered again, out of order.
        var sequence: UInt64?
        var version: UInt64
        /// Counts the requests of this planner.
        var number: UInt64
    }

    /// What is known of an object, where it is not `applied`.
    struct Note: Sendable, Equatable {
        var version: UInt64
        var phase: PushStanding.Phase
        var since: Duration
    }

    let settings: PushSettings
    var stage = Stage.apart
    var held: Held?
    var cursor: UInt64 = 0
    /// The newest version that the minion may have: it passes over an older set.
    private(set) var newest: UInt64 = 0
    /// Sent, in order, and not acked as received.
    var unacked: [RequestID] = []
    /// Everything of which a reply may still come.
    var outstanding: [RequestID: Outstanding] = [:]
    var requestCount: UInt64 = 0
    /// Never refusals: these have a bound of their own, so that what is only on its way cannot push one out, without which the
    /// full set would be refused again.
    var notes: [ObjectKey: Note] = [:]
    /// What the minion refused last, until it takes it.
    var refusals: [ObjectKey: Note] = [:]
    /// Whether notes were left out because there were too many.
    var isPartial = false
    var retries: [ObjectKey] = []
    /// The last full set, and how far it got as a whole.
    var fullSet: (sequence: UInt64, version: UInt64, note: Note)?

    /// A planner for a minion that was never spoken with.
    init(settings: PushSettings) {
        self.settings = settings
    }

    // MARK: The session

    /// Begins a session with a minion whose newest stored version is `applied`.
    /// - Parameter mayWait: whether the catalog may still lag behind what the minion knows.
    mutating func begin(applied: UInt64, position: PushCatalog.Position, mayWait: Bool) -> Opening {
        newest = applied
        if let held, held.acked <= applied, applied <= held.sent, position.floor <= held.sequence {
            cursor = held.sequence
            stage = .differences
            retryRefused()
            return .resume
        }
        if applied > position.revision, mayWait { return .tooEarly }
        let order = Order(versioned: applied <= position.revision)
        held = nil
        stage = .fullSet(order)
        return .fullSet(versioned: order.versioned)
    }

    /// The session is over; nothing more is heard of what was sent in it.
    mutating func end() {
        stage = .apart
        unacked = []
        outstanding = [:]
        retries = []
    }

    /// What to do now.
    var step: Step {
        let room = settings.window - unacked.count
        switch stage {
        case .apart, .committing: return .wait
        case .fullSet(let order):
            return unacked.isEmpty ? .fullSet(versioned: order.versioned, without: refused) : .wait
        case .probing, .differences:
            if room <= 0 { return .wait }
            if !retries.isEmpty { return .retry(Array(retries.prefix(room))) }
            return .changes(after: cursor, limit: room)
        }
    }

    /// Whether what is to be done may change with the next reply; else only the catalog has news for this minion.
    var awaitsReply: Bool { stage != .differences || unacked.count >= settings.window }

    /// What the minion has refused, and in which version.
    var refused: [ObjectKey: UInt64] { refusals.mapValues(\.version) }

    /// Nothing comes after the cursor.
    /// - Returns: whether there is something else to do now.
    mutating func caughtUp() -> Bool {
        guard case .probing(var order) = stage, unacked.isEmpty else { return false }
        order.isProbed = true
        stage = .fullSet(order)
        return true
    }

    /// Offers what was refused once more.
    mutating func retryRefused() {
        guard stage == .differences else { return }
        retries = refusals.keys.sorted()
    }

    /// Whether `change`, the newest of `key`, is to be offered again; `nil` where nothing is known of the object any more.
    mutating func isRetried(_ key: ObjectKey, _ change: DeliveryLog.Change?) -> Bool {
        retries.removeAll { $0 == key }
        if change == nil { (notes[key], refusals[key]) = (nil, nil) }
        // What lies behind the cursor is still to come.
        return change.map { $0.sequence <= cursor } ?? false
    }

    // MARK: Sending

    /// A change is about to be sent as request `id`.
    /// - Returns: a request that is no longer to be followed, because too many are.
    mutating func sending(_ change: DeliveryLog.Change, as id: RequestID, now: Duration) -> RequestID? {
        // What is offered again was counted when it was sent first.
        let isNew = change.sequence > cursor
        if isNew { cursor = change.sequence }
        if let known = held { held?.sent = max(known.sent, change.version) }
        newest = max(newest, change.version)
        note(change.key, Note(version: change.version, phase: .sent, since: now))
        return add(
            Outstanding(
                key: change.key, sequence: isNew ? change.sequence : nil, version: change.version, number: 0), as: id)
    }

    /// A full set is about to be sent; `id` is that of its commit.
    mutating func sending(_ set: FullSet, as id: RequestID, now: Duration) {
        guard case .fullSet(let order) = stage else { return }
        stage = .committing(order)
        cursor = set.sequence
        let version = order.versioned ? set.podRevision : 0
        fullSet = (set.sequence, version, Note(version: version, phase: .sent, since: now))
        _ = add(Outstanding(key: nil, sequence: set.sequence, version: version, number: 0), as: id)
    }

    private mutating func add(_ request: Outstanding, as id: RequestID) -> RequestID? {
        requestCount += 1
        var request = request
        request.number = requestCount
        outstanding[id] = request
        unacked.append(id)
        guard outstanding.count - unacked.count > settings.followLimit else { return nil }
        let waiting = Set(unacked)
        let oldest = outstanding.filter { !waiting.contains($0.key) }.min { $0.value.number < $1.value.number }
        if let oldest { outstanding[oldest.key] = nil }
        return oldest?.key
    }

    /// Remembers what is known of an object. A refusal stays known while the object is offered again, until it is taken.
    mutating func note(_ key: ObjectKey, _ note: Note) {
        if case .refused = note.phase {
            notes[key] = nil
            isPartial = !Self.add(note, of: key, to: &refusals, limit: settings.refusalLimit) || isPartial
        } else {
            if note.phase != .sent { refusals[key] = nil }
            isPartial = !Self.add(note, of: key, to: &notes, limit: settings.noteLimit) || isPartial
        }
    }

    /// Whether there was room.
    private static func add(_ note: Note, of key: ObjectKey, to notes: inout [ObjectKey: Note], limit: Int) -> Bool {
        guard notes[key] != nil || notes.count < limit else { return false }
        notes[key] = note
        return true
    }
}
