/// Counts what strangers try at `/v1/join`, so that a token cannot be guessed and a flood costs little.
struct JoinAttempts {
    /// Refusals that one address may cause within `window`.
    static let perAddress = 10
    /// How long they count.
    static let window = Duration.seconds(60)
    /// Addresses remembered; the one whose window ends first makes room.
    static let addressLimit = 1_024

    private struct Refusals {
        var count = 0
        var until: Duration
    }

    private var refusals: [String: Refusals] = [:]

    /// Whether `address` has used up its tries.
    func isBarred(_ address: String, now: Duration) -> Bool {
        guard let known = refusals[address], known.until > now else { return false }
        return known.count >= Self.perAddress
    }

    /// Notes that `address` was refused.
    mutating func refused(_ address: String, now: Duration) {
        var known = refusals[address] ?? Refusals(until: now + Self.window)
        if known.until <= now { known = Refusals(until: now + Self.window) }
        known.count += 1
        if refusals[address] == nil, refusals.count >= Self.addressLimit,
            let first = refusals.min(by: { $0.value.until < $1.value.until })
        {
            refusals[first.key] = nil
        }
        refusals[address] = known
    }
}
