import ClusterModel

/// What planners are to think of each minion: whether it may be given pods, whether its pods answer, whether they are lost.
///
/// A minion that cannot be heard keeps its standing for `silence`: its agent is being restarted or upgraded, which disturbs
/// no pod. After that its pods are taken for out of reach, and after `loss` for gone.
///
/// Nothing is concluded while no minion at all is heard: then it is the master that is cut off, and to give up every pod of
/// the cluster would be the worst it could do. When the first is heard again, the others get the whole grace anew.
struct MinionRoster: Sendable {
    /// How long a minion may be silent.
    struct Graces: Sendable, Equatable {
        /// Before its pods are taken out of services and it is given no new ones.
        var silence: Duration = .seconds(10)
        /// Before its pods are given up. Longer than `silence`.
        var loss: Duration = .seconds(60)
    }

    /// What was last heard of a minion.
    enum Sign: Sendable, Equatable {
        /// Nothing since this master began to look.
        case none
        /// It is connected; whether its pods answer, whether it takes others, and if not, why.
        case heard(isReady: Bool, isSchedulable: Bool = true, message: String)
        /// Its connection is lost. `lastSeen` is of the clock that gives `now`; `nil` counts from when we learn of it.
        case silent(lastSeen: Duration?)
    }

    /// What follows from it.
    enum Standing: Sendable, Equatable {
        /// Not heard, and not for long enough to say more, or nobody is: it takes no pods, and what was concluded of its pods
        /// before is not touched.
        case unknown
        /// It takes pods and its pods answer.
        case ready
        /// It takes no pods, and those it has answer; why, in words.
        case unschedulable(String)
        /// It takes no pods and its pods do not answer; why, in words.
        case unready(String)
        /// Its pods are gone as far as anybody can tell.
        case lost
    }

    private struct Record: Sendable {
        var isRegistered = false
        var sign = Sign.none
        var standing = Standing.unknown
        /// Since when the minion has been silent, or missing; `nil` while it is heard, and until the next `advance`.
        var silentSince: Duration?

        var isHeard: Bool {
            if case .heard = sign, isRegistered { true } else { false }
        }
    }

    private let graces: Graces
    private var records: [String: Record] = [:]
    private var touched: Set<String> = []
    private var deadlines = DeadlineQueue<String>()
    private var heard: Set<String> = []
    /// Whether the last `advance` knew a minion that is heard.
    private var wasHeard = false

    init(graces: Graces = Graces()) {
        self.graces = graces
    }

    /// When a standing may change by itself.
    var next: Duration? { touched.isEmpty ? deadlines.next : .zero }

    /// As of the last `advance`.
    func standing(of minion: String) -> Standing { records[minion]?.standing ?? .unknown }

    /// The minion is, or is no longer, one of the cluster's.
    mutating func register(_ minion: String, _ isRegistered: Bool) {
        change(minion) { $0.isRegistered = isRegistered }
    }

    /// Something was heard of a minion, or nothing is any more.
    mutating func take(_ sign: Sign, of minion: String) {
        change(minion) { $0.sign = sign }
    }

    /// Pods are bound to this minion: its standing matters, even where it is not one of the cluster's.
    mutating func expect(_ minion: String) {
        if records[minion] == nil { change(minion) { _ in } }
    }

    private mutating func change(_ minion: String, _ body: (inout Record) -> Void) {
        var record = records[minion] ?? Record()
        body(&record)
        records[minion] = record
        if record.isHeard { heard.insert(minion) } else { heard.remove(minion) }
        touched.insert(minion)
    }

    /// Brings every standing up to `now`.
    /// - Returns: whose has changed, in order of their names.
    mutating func advance(now: Duration) -> [String] {
        if !wasHeard, !heard.isEmpty { restartGraces() }
        wasHeard = !heard.isEmpty
        let due = touched.union(deadlines.popDue(now: now))
        touched = []
        return due.sorted().filter { settle($0, now: now) }
    }

    /// The master was cut off, or has just begun: how long the others were silent says nothing.
    private mutating func restartGraces() {
        for minion in records.keys {
            records[minion]?.silentSince = nil
            if case .silent = records[minion]?.sign { records[minion]?.sign = .silent(lastSeen: nil) }
            touched.insert(minion)
        }
    }

    private mutating func settle(_ minion: String, now: Duration) -> Bool {
        guard var record = records[minion] else { return false }
        let before = record.standing
        var deadline: Duration?
        if case .heard(let isReady, let isSchedulable, let message) = record.sign, record.isRegistered {
            record.silentSince = nil
            record.standing = isReady ? isSchedulable ? .ready : .unschedulable(message) : .unready(message)
        } else {
            (record.standing, deadline) = silence(of: &record, now: now)
        }
        records[minion] = record
        if let deadline { deadlines.set(minion, at: deadline) } else { deadlines.remove(minion) }
        return record.standing != before
    }

    /// What to think of a minion that is not heard or not registered, and when to think again.
    private func silence(of record: inout Record, now: Duration) -> (Standing, Duration?) {
        var since = record.silentSince ?? now
        if record.silentSince == nil, case .silent(let lastSeen?) = record.sign { since = min(lastSeen, now) }
        record.silentSince = since
        let lossAt = since + graces.loss
        // Without anybody heard it stays as it is; the first that is heard touches all.
        if now >= lossAt { return (heard.isEmpty ? outOfReach(record) : .lost, nil) }
        guard record.isRegistered else { return (outOfReach(record), lossAt) }
        switch record.sign {
        case .none:
            return (record.standing == .lost ? .lost : .unknown, lossAt)
        case .heard, .silent:
            // What was lost stays lost until it is heard.
            if record.standing == .lost { return (.lost, lossAt) }
            if now < since + graces.silence { return (record.standing, since + graces.silence) }
            return (outOfReach(record), lossAt)
        }
    }

    private func outOfReach(_ record: Record) -> Standing {
        if record.standing == .lost { return .lost }
        if heard.isEmpty {
            switch record.standing {
            case .ready, .unschedulable: return .unknown
            case .unknown, .unready, .lost: return record.standing
            }
        }
        if !record.isRegistered { return .unready("it is not one of the cluster's minions") }
        return .unready("not heard from for \(graces.silence.components.seconds) s")
    }
}

extension MinionRoster {
    /// Takes note of what a change says of minions.
    mutating func apply(_ change: ClusterChange) {
        switch change {
        case .put(.minion(let minion)): register(minion.meta.name, true)
        case .removed(.minion(let minion), _): register(minion.meta.name, false)
        case .minionCondition(let minion, let condition): take(Sign(condition), of: minion)
        case .put, .removed, .podStatus, .podGone, .damaged, .synced: break
        }
    }
}

extension MinionRoster.Sign {
    fileprivate init(_ condition: MinionCondition) {
        self =
            switch condition.standing {
            case .ready: .heard(isReady: true, message: "")
            case .unschedulable(let reason, let message):
                .heard(isReady: true, isSchedulable: false, message: "\(reason): \(message)")
            case .notReady(let reason, let message): .heard(isReady: false, message: "\(reason): \(message)")
            case .unreachable: condition.lastSeen.map { .silent(lastSeen: $0) } ?? .none
            }
    }
}
