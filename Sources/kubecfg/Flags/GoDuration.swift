/// A span of time as Go's `time.ParseDuration` reads it: `60s`, `1h2m3.5s`, `250ms`, `0`.
struct GoDuration: Equatable {
    let duration: Duration

    /// A century: beyond it nobody waits, and `Duration` may not overflow.
    private static let limit = 100.0 * 366 * 24 * 3600
    /// Longer spellings first: `m` begins `ms`.
    private static let units: [(name: String, seconds: Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]

    /// `nil` when `text` is no span of time, or longer than a century.
    init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        var rest = text.drop { $0 == "-" || $0 == "+" }
        guard text.count - rest.count < 2, !rest.isEmpty else { return nil }
        var seconds = 0.0
        if rest == "0" { rest = "" }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let unit = Self.units.first(where: { rest.hasPrefix($0.name) }) else { return nil }
            rest = rest.dropFirst(unit.name.count)
            seconds += number * unit.seconds
        }
        guard seconds <= Self.limit else { return nil }
        duration = .seconds(isNegative ? -seconds : seconds)
    }
}
