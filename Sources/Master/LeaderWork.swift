import ClusterModel
import Logging
import Synchronization

/// What a master does while it leads: catches up with the store, sees to it that every address has one owner, and then lets the
/// controllers work, tells the minions and tidies up.
struct LeaderWork: Sendable {
    let parts: MasterParts
    let pusher: Pusher
    let duty: LeaderDuty
    /// The name minions know this master by: no two masters of a cluster have the same.
    let master: String
    /// What is done for the store, until it is cancelled.
    let maintain: @Sendable () async -> Void

    /// Works until the task is cancelled or a write shows that `lead` is over.
    func run(_ lead: Lead) async {
        var goesOn = true
        // Anew when the store was put back to an earlier state meanwhile.
        while goesOn, await parts.mirror.catchUp() {
            goesOn = await work(lead)
            duty.end(lead, isOver: !goesOn)
            await parts.mirror.forgetReports()
        }
    }

    /// - Returns: whether there is reason to begin anew.
    private func work(_ lead: Lead) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await control(lead) }
            group.addTask {
                await maintain()
                // It ends with the task, or has nothing to do.
                let (never, end) = AsyncStream.makeStream(of: Never.self)
                for await _ in never {}
                withExtendedLifetime(end) {}
                return true
            }
            let goesOn = await group.next() ?? false
            group.cancelAll()
            return goesOn && !Task.isCancelled
        }
    }

    private func control(_ lead: Lead) async -> Bool {
        guard await parts.settleAllocations(under: lead.fence) else { return false }
        duty.begin(lead)
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await pusher.run(as: master, term: lead.term)
                return true
            }
            group.addTask { await parts.controllers.lead(lead) == .began }
            group.addTask { await parts.eventSweeper.run(under: lead.fence) }
            let goesOn = await group.next() ?? false
            group.cancelAll()
            return goesOn
        }
    }
}

/// Whether this master has done what comes before a leader's first answer.
final class LeaderDuty: Sendable {
    private struct State {
        /// What the master led by last.
        var lead: Lead?
        /// Whether it does what a leader does.
        var isDone = false
        /// Whether a write has shown that `lead` is over, which the election may learn later.
        var isOver = false
    }

    private let state = Mutex(State())

    /// The master leads by `lead`, and knows whose every address is.
    func begin(_ lead: Lead) { state.withLock { $0 = State(lead: lead, isDone: true) } }

    /// It does no longer.
    /// - Parameter isOver: whether it will not begin anew by the same lead.
    func end(_ lead: Lead, isOver: Bool) { state.withLock { $0 = State(lead: lead, isOver: isOver) } }

    /// Where what only a leader can answer is answered, while this master's standing is `standing`.
    func place(_ standing: LeaderStanding) -> LeaderPlace {
        switch standing {
        case .leads(let current):
            let state = state.withLock { $0 }
            let isKnown = state.lead == current
            if isKnown && state.isDone { return .here }
            return .nowhere(
                isKnown && state.isOver
                    ? "this master leads no more; who does will be known in some seconds"
                    : "this master has just begun to lead and still reads the store")
        case .follows(let leader?): return .there(leader)
        case .cannotReach(let why): return .nowhere(why)
        case .follows(nil): return .nowhere("no master leads at the moment")
        }
    }
}

/// Where what only a leader can answer is answered.
enum LeaderPlace: Sendable, Equatable {
    /// By this master.
    case here
    /// By the master at this URL.
    case there(String)
    /// By nobody, for the reason given.
    case nowhere(String)
}
