/// A clock read as the time since it was given to us, so that its type does not show in whoever uses it.
public struct MonotonicTime: Sendable {
    /// Time since `init`.
    public let now: @Sendable () -> Duration
    /// Throws `CancellationError` when the task is cancelled.
    public let sleep: @Sendable (Duration) async throws -> Void

    /// Reads `clock` from now on.
    public init<C: Clock<Duration>>(_ clock: C) {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
    }
}
