import ClusterModel
import Wire

/// The second acks a connection still owes: `applied`, or `failed` with the reason, for every request that was `received`
/// (PROTOCOL "Replies"). Pure: it is told what the board says and answers with the acks to send.
struct AckBook {
    /// Acks a connection may be owed at once; past it the oldest is given up with a `failed` that says so, because a
    /// peer that never lets anything converge must not fill the memory.
    static let limit = 65_536
    /// Objects named in the message of a transaction's `failed`; the rest is counted.
    static let namedFailures = 5

    private struct Debt {
        var id: RequestID
        var awaited: [ObjectKey: UInt64]
        var resourceVersion: UInt64?
        var isStale: Bool
        var since: ContinuousClock.Instant
        var failures: [ObjectKey: Failure] = [:]
        /// The failure to tell next and its next try, `nil` when nothing is new.
        var news: (key: ObjectKey, retryIn: Duration?)?
        /// Whether more than one object is waited for, so that a failure must name its object.
        var isGroup: Bool
    }

    private struct Failure: Equatable {
        var reason: String
        var message: String
    }

    private var debts: [UInt64: Debt] = [:]
    private var debtsByKey: [ObjectKey: Set<UInt64>] = [:]
    private var next: UInt64 = 0
    /// Debts with `news`.
    private var failing: Set<UInt64> = []

    /// Acks owed now.
    var count: Int { debts.count }

    /// Notes that request `id` waits for `awaited`. Call `observe` for each of its keys afterwards.
    /// - Returns: the `failed` of the debt that was given up for it, if the book was full.
    mutating func owe(
        _ id: RequestID, awaited: [ObjectKey: UInt64], resourceVersion: UInt64?, isStale: Bool,
        now: ContinuousClock.Instant
    ) -> Reply? {
        next += 1
        for key in awaited.keys { debtsByKey[key, default: []].insert(next) }
        debts[next] = Debt(
            id: id, awaited: awaited, resourceVersion: resourceVersion, isStale: isStale, since: now,
            isGroup: awaited.count > 1)
        guard debts.count > Self.limit, let oldest = debts.keys.min(), let debt = debts[oldest] else { return nil }
        settle(oldest, debt)
        let words = "more than \(Self.limit) requests of this connection wait; this one is no longer followed"
        return .ack(
            Ack(id: debt.id, phase: .failed(reason: "NotFollowed", message: words, retryIn: nil)))
    }

    /// What is owed because nothing at all had to change (an empty transaction, a stale set).
    static func nothingToDo(_ id: RequestID, resourceVersion: UInt64?, isStale: Bool) -> Reply {
        .ack(Ack(id: id, phase: .applied(took: .zero), resourceVersion: resourceVersion, stale: isStale))
    }

    /// The `applied` acks that are due now that the board says `entry` of `key`; what failed is noted for `takeFailures`.
    mutating func observe(_ key: ObjectKey, _ entry: BoardEntry?, now: ContinuousClock.Instant) -> [Reply] {
        var due: [Reply] = []
        for number in (debtsByKey[key] ?? []).sorted() {
            // Taken out while it is changed: a copy of a large transaction for each of its objects would cost its square.
            guard let generation = debts[number]?.awaited[key], var debt = debts.removeValue(forKey: number) else {
                continue
            }
            var isPaid = false
            defer { if !isPaid { debts[number] = debt } }
            if Self.isSettled(entry, generation) {
                debt.awaited[key] = nil
                debt.failures[key] = nil
                forget(key, number)
                if debt.awaited.isEmpty {
                    isPaid = true
                    due.append(applied(debt, now: now))
                }
            } else if let entry, entry.observedGeneration >= generation,
                case .failed(let reason, let message, let retryIn) = entry.convergence,
                debt.failures[key] != Failure(reason: reason, message: message)
            {
                debt.failures[key] = Failure(reason: reason, message: message)
                debt.news = (key, retryIn)
                failing.insert(number)
            }
        }
        return due
    }

    /// One `failed` for each request of which something failed, or failed otherwise, since the last call: a transaction of
    /// thousands that fail together is one line.
    mutating func takeFailures() -> [Reply] {
        defer { failing = [] }
        return failing.sorted().compactMap { number in
            guard let debt = debts[number], let news = debt.news else { return nil }
            debts[number]?.news = nil
            // It may have converged since.
            return debt.failures[news.key] == nil ? nil : failed(debt, news.key, retryIn: news.retryIn)
        }
    }

    private static func isSettled(_ entry: BoardEntry?, _ generation: UInt64) -> Bool {
        guard let entry else { return true }
        return entry.observedGeneration >= generation && entry.convergence == .applied
    }

    private mutating func settle(_ number: UInt64, _ debt: Debt) {
        for key in debt.awaited.keys { forget(key, number) }
        debts[number] = nil
    }

    private mutating func forget(_ key: ObjectKey, _ number: UInt64) {
        debtsByKey[key]?.remove(number)
        if debtsByKey[key]?.isEmpty == true { debtsByKey[key] = nil }
    }

    private func applied(_ debt: Debt, now: ContinuousClock.Instant) -> Reply {
        .ack(
            Ack(
                id: debt.id, phase: .applied(took: now - debt.since),
                resourceVersion: debt.resourceVersion, stale: debt.isStale))
    }

    private func failed(_ debt: Debt, _ key: ObjectKey, retryIn: Duration?) -> Reply {
        let failure = debt.failures[key] ?? Failure(reason: "", message: "")
        var message = failure.message
        if debt.isGroup {
            let named = debt.failures.sorted { $0.key < $1.key }.prefix(Self.namedFailures)
            message = named.map { "\($0.key): \($0.value.message)" }.joined(separator: "; ")
            let others = debt.failures.count - named.count
            if others > 0 { message += "; and \(others) more" }
        }
        let phase = Ack.Phase.failed(reason: failure.reason, message: message, retryIn: retryIn)
        return .ack(Ack(id: debt.id, phase: phase, resourceVersion: debt.resourceVersion))
    }
}
