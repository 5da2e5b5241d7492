/// A span of time as Go's `time.ParseDuration` reads it: `60s`, `1h2m3.5s`, `250ms`, `0`.
struct GoDuration: Equatable {
    let duration: Duration

    /// A century: beyond it nobody waits, and `Duration` may not overflow.
    private static let limit = 100.0 * 366 * 24 * 3600
    /// In seconds.
    private static let units = ["ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600]

    /// Throws when `text` is no span of time, or one longer than a century.
    init(_ text: String) throws(GoStrconvError) {
        let invalid = GoStrconvError(message: "time: invalid duration \(text)")
        let isNegative = text.hasPrefix("-")
        var rest = text.drop { $0 == "-" || $0 == "+" }
        guard text.count - rest.count < 2, !rest.isEmpty else { throw invalid }
        var seconds = 0.0
        if rest == "0" { rest = "" }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { throw invalid }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
            guard !name.isEmpty else { throw GoStrconvError(message: "time: missing unit in duration \(text)") }
            guard let unit = Self.units[String(name)] else {
                throw GoStrconvError(message: "time: unknown unit \(name) in duration \(text)")
            }
            rest = rest.dropFirst(name.count)
            seconds += number * unit
        }
        guard seconds <= Self.limit else { throw invalid }
        duration = .seconds(isNegative ? -seconds : seconds)
    }
}
