/// A condition that did not come true within its deadline.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What was awaited, for how long, and what was seen last.
    public let description: String

    /// For a test that looks for itself, as a thread without tasks does.
    public init(description: String) { self.description = description }
}

/// Long enough for the busiest build machine: a test that waits this long has failed.
public let eventuallyDeadline: Duration = .seconds(30)

/// Between two looks, once a condition has not come true at once.
private let lookInterval: Duration = .milliseconds(5)

/// Looks again and again until `read` gives a value that `isWanted` accepts, and returns it. This is the only waiting that
/// tests do. Throws `NeverHappened` with the last value, or whatever `read` throws.
@discardableResult
nonisolated(nonsending) public func eventually<Value>(
    _ what: String, within deadline: Duration = eventuallyDeadline, read: () async throws -> Value,
    until isWanted: (Value) -> Bool
) async throws -> Value {
    let end = ContinuousClock.now + deadline
    while true {
        let value = try await read()
        if isWanted(value) { return value }
        guard ContinuousClock.now < end else {
            throw NeverHappened(description: "not within \(deadline): \(what); last seen: \(value)")
        }
        try await Task.sleep(for: lookInterval, clock: .continuous)
    }
}

/// Looks again and again until the condition is true.
nonisolated(nonsending) public func eventually(
    _ what: String, within deadline: Duration = eventuallyDeadline, _ condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: deadline, read: condition, until: { $0 })
}
