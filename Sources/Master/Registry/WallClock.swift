public import FoundationEssentials

/// The time of day, for what outlives the process or is shown to people.
public struct WallClock: Sendable {
    /// The time now.
    public let now: @Sendable () -> Date

    /// A clock read by `now`.
    public init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    /// The machine's own.
    public static let system = WallClock { Date() }
}

extension Date {
    /// RFC 3339 with whole seconds, as v1beta1 writes times.
    var timestamp: String { formatted(.iso8601) }
}
