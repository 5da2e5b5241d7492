/// A condition did not come true in time.
struct NeverHappened: Error {
    var what: String
}

/// Waits until `condition` holds; throws when it does not within a time no working code needs.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while !(try await condition()) {
        guard ContinuousClock.now < end else { throw NeverHappened(what: what) }
        try await Task.sleep(for: .milliseconds(1))
    }
}
