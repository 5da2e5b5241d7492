import Glibc
import Synchronization

/// Sends a signal to the process group that a child leads.
typealias SignalGroup = @Sendable (_ leader: pid_t, _ signal: Int32) -> Void

/// kill(2) of the whole group. Its only failure here is ESRCH or EPERM for a group of which nothing is left that is ours.
let killGroup: SignalGroup = { leader, signal in _ = kill(-leader, signal) }

/// One child from its start to its end, between three who do not wait for each other: the caller, who is answered in
/// bounded time; the lifetime task, which stays until the process is reaped; and whoever wants it to end.
///
/// A group id may be signalled only while its leader is not reaped, or the signal could meet a stranger with a reused id.
/// The leader is reaped after the body of `Subprocess.run` has returned, and the body calls `release` before that.
final class ChildSupervisor<Value: Sendable>: Sendable {
    typealias Answer = Result<Value, CommandError>

    private enum Child {
        case starting
        case running(pid_t)
        case released
    }

    private struct State {
        var child = Child.starting
        /// Why it must end, once somebody has said so; the first reason stays.
        var reason: CommandError?
        /// What to end it with: SIGKILL once the grace is over.
        var endingSignal = SIGTERM
        var escalation: Task<Void, Never>?
        var answer: Answer?
        var caller: CheckedContinuation<Answer, Never>?
    }

    private let state = Mutex(State())
    private let grace: Duration
    private let clock: any Clock<Duration>
    private let signalGroup: SignalGroup

    init(grace: Duration, clock: any Clock<Duration>, signalGroup: @escaping SignalGroup) {
        self.grace = grace
        self.clock = clock
        self.signalGroup = signalGroup
    }

    /// The process runs. If it was to end meanwhile, it is told so now.
    func started(_ leader: pid_t) {
        state.withLock { state in
            state.child = .running(leader)
            if state.reason != nil { signalGroup(leader, state.endingSignal) }
        }
    }

    /// The leader has exited and is about to be reaped. What is left of a group that was told to end is killed now, while
    /// the unreaped leader still keeps the id.
    func release() {
        state.withLock { state in
            if case .running(let leader) = state.child, state.reason != nil { signalGroup(leader, SIGKILL) }
            state.child = .released
        }
    }

    /// Whether somebody has said that it must end: nothing more is wanted from its output.
    var isEnding: Bool { state.withLock { $0.reason != nil } }

    /// SIGTERM to the group now, SIGKILL after the grace, and an answer to the caller soon after that in any case.
    func end(because reason: CommandError) {
        state.withLock { state in
            guard state.reason == nil, state.answer == nil else { return }
            state.reason = reason
            if case .running(let leader) = state.child { signalGroup(leader, SIGTERM) }
            state.escalation = Task.detached { await self.escalate(to: reason) }
        }
    }

    private func escalate(to reason: CommandError) async {
        do {
            try await clock.sleep(for: grace)
            state.withLock { state in
                state.endingSignal = SIGKILL
                if case .running(let leader) = state.child { signalGroup(leader, SIGKILL) }
            }
            try await clock.sleep(for: CommandRunner.reapAllowance)
        } catch {
            return  // Settled: the process has gone.
        }
        settle(.failure(reason))
    }

    /// The first answer is the caller's; why it was ended is a better one than what came of it.
    func settle(_ answer: Answer) {
        let caller = state.withLock { state -> (CheckedContinuation<Answer, Never>, Answer)? in
            guard state.answer == nil else { return nil }
            let final = state.reason.map(Answer.failure) ?? answer
            state.answer = final
            state.escalation?.cancel()
            state.escalation = nil
            defer { state.caller = nil }
            return state.caller.map { ($0, final) }
        }
        if let (caller, answer) = caller { caller.resume(returning: answer) }
    }

    /// For the one caller; returns when `settle` has been called.
    func answer() async -> Answer {
        await withCheckedContinuation { caller in
            let answer = state.withLock { state -> Answer? in
                if state.answer == nil { state.caller = caller }
                return state.answer
            }
            if let answer { caller.resume(returning: answer) }
        }
    }
}
