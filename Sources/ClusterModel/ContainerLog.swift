/// One line that a container wrote.
public struct LogLine: Sendable, Equatable {
    /// The descriptor it was written to.
    public enum Stream: String, Sendable, CaseIterable {
        case stdout, stderr
    }

    /// The descriptor it was written to. Lines of one stream come in order; between the two only `time` tells it.
    public var stream: Stream
    /// When the engine read it: RFC 3339 in UTC, with a fraction; empty where the engine did not say.
    public var time: String
    /// Without its line feed. Bytes that are not UTF-8 are U+FFFD.
    public var text: String

    /// A line.
    public init(stream: Stream, time: String, text: String) {
        self.stream = stream
        self.time = time
        self.text = text
    }
}

/// Which lines of a container's log are wanted.
public struct LogRange: Sendable, Equatable {
    /// Only so many from the end; `nil` is all.
    public var tail: Int?
    /// Go on with what is written from now on, until the container ends.
    public var follow: Bool
    /// Only what is newer: see `isTime`; `nil` is all.
    public var since: String?

    /// The largest `tail`: more lines than an engine that keeps 30 MB of a log has.
    public static let tailLimit: UInt64 = 10_000_000
    /// The longest `since`, in bytes: a time to the nanosecond with its zone has 35.
    private static let timeLimit = 40

    /// A range; what is not given does not narrow it.
    public init(tail: Int? = nil, follow: Bool = false, since: String? = nil) {
        self.tail = tail
        self.follow = follow
        self.since = since
    }

    /// Whether `text` is a duration back from now as Go spells it (`90s`, `1h30m`) or a time of RFC 3339
    /// (`2014-10-21T12:00:00Z`, or its date alone).
    public static func isTime(_ text: String) -> Bool {
        guard text.utf8.count <= timeLimit else { return false }
        return isDuration(text[...]) || isDate(text)
    }

    private static func isDuration(_ text: Substring) -> Bool {
        var rest = text
        repeat {
            let number = rest.prefix { isDigit($0) || $0 == "." }
            guard let first = number.first, isDigit(first) else { return false }
            rest = rest.dropFirst(number.count)
            guard let unit = ["ms", "h", "m", "s"].first(where: rest.hasPrefix) else { return false }
            rest = rest.dropFirst(unit.count)
        } while !rest.isEmpty
        return true
    }

    /// `2014-10-21`, alone or before a `T` and what an engine makes of the time of day.
    private static func isDate(_ text: String) -> Bool {
        let date = text.prefix(10)
        let pattern = "dddd-dd-dd"
        guard date.count == pattern.count, zip(date, pattern).allSatisfy({ $1 == "d" ? isDigit($0) : $0 == $1 }) else {
            return false
        }
        let rest = text.dropFirst(pattern.count)
        return rest.isEmpty
            || rest.first == "T" && rest.dropFirst().allSatisfy { isDigit($0) || "T:.Z+-".contains($0) }
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
