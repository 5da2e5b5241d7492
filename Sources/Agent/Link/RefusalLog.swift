import Logging
import Machine
import Synchronization
import Wire

/// Decides which refused handshakes are worth a line: whoever reaches the port may fail at it as often as he likes.
struct RefusalLedger {
    /// One line per address and kind of reason in this time. The kind and not the words: they quote the stranger's certificate.
    static let interval = Duration.seconds(60)
    /// Pairs of address and kind that are remembered; all others share one line per `interval`.
    static let limit = 128

    private struct Pair: Hashable {
        var address: String
        var code: WireError.Code
    }

    private struct Entry {
        var spoken: ContinuousClock.Instant
        var untold = 0
    }

    /// The key `nil` stands for all pairs there is no room for.
    private var entries: [Pair?: Entry] = [:]

    /// Notes a refusal.
    /// - Returns: how many like it were not told since the last line, when a line is due; `nil` when none is.
    mutating func note(_ address: String, _ code: WireError.Code, now: ContinuousClock.Instant) -> Int? {
        let pair = Pair(address: address, code: code)
        if entries[pair] == nil, entries.count >= Self.limit {
            entries = entries.filter { now - $0.value.spoken < Self.interval }
        }
        let key = entries[pair] != nil || entries.count < Self.limit ? pair : nil
        guard let entry = entries[key], now - entry.spoken < Self.interval else {
            return entries.updateValue(Entry(spoken: now), forKey: key)?.untold ?? 0
        }
        entries[key]?.untold += 1
        return nil
    }
}

/// Logs refused handshakes as `RefusalLedger` allows.
final class RefusalLog: Sendable {
    private let ledger = Mutex(RefusalLedger())
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Notes that `peer` was refused.
    func note(_ peer: Peer, _ error: WireError) {
        let address =
            switch peer {
            case .tcp(let address, _): address
            case .local: "\(peer)"
            }
        guard let untold = ledger.withLock({ $0.note(address, error.code, now: .now) }) else { return }
        let more = untold == 0 ? "" : " (and \(untold) more like it since the last line)"
        logger.warning(
            "refused \(peer): \(error.message)\(more)", metadata: ["event": "\(JournalEvent.masterRefused)"])
    }
}
