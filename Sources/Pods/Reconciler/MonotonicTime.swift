/// A clock read as the time since it was given to us, so that its type does not show in whoever uses it.
struct MonotonicTime: Sendable {
    /// Time since `init`.
    let now: @Sendable () -> Duration
    /// Throws `CancellationError` when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void

    init<C: Clock<Duration>>(_ clock: C) {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
    }
}
