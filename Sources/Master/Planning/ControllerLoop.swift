import Machine

/// Lets one planner decide and carries out what it asks for: takes changes as they come, wakes when the planner's time has
/// come, and has many writes under way at once. Whatever happens next, the planner looks at everything that has happened.
struct ControllerLoop<Planner: ControllerPlanner>: Sendable {
    private enum Event: Sendable {
        /// `nil` when there will be none any more.
        case changes([ClusterChange]?)
        case settled(Planner.Write, WriteOutcome)
        case woken(at: Duration)
    }

    /// A planner that knows nothing yet.
    let planner: Planner
    /// The clock of the planner's `now`: the one whose readings minions' conditions carry.
    let time: MonotonicTime
    /// Makes one write.
    let carryOut: @Sendable (Planner.Write) async -> WriteOutcome

    /// Follows `feed`, which begins with everything there is, until it ends or the task is cancelled. Writes that are under way
    /// then are cancelled and awaited.
    func run(_ feed: ClusterFeed) async {
        await withTaskGroup(of: Event.self) { group in
            var planner = planner
            var alarms: Set<Duration> = []
            group.addTask { .changes(await feed.take()) }
            while let event = await group.next() {
                switch event {
                case .changes(nil):
                    group.cancelAll()
                    return
                case .changes(let changes?):
                    for change in changes { planner.apply(change) }
                    group.addTask { .changes(await feed.take()) }
                case .settled(let write, let outcome):
                    planner.settle(write, outcome, now: time.now())
                case .woken(let alarm):
                    alarms.remove(alarm)
                }
                let now = time.now()
                for write in planner.plan(now: now) {
                    group.addTask { .settled(write, await carryOut(write)) }
                }
                // A later alarm than one that is set is set when that one rings.
                if let next = planner.next, alarms.allSatisfy({ next < $0 }) {
                    alarms.insert(next)
                    group.addTask { await wake(at: next, now: now) }
                }
            }
        }
    }

    private func wake(at alarm: Duration, now: Duration) async -> Event {
        if alarm > now {
            do { try await time.sleep(alarm - now) } catch {
                // Cancelled: the loop ends, and looks at this no more.
                return .woken(at: alarm)
            }
        }
        return .woken(at: alarm)
    }
}
