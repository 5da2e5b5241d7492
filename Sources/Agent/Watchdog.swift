import Logging
import Synchronization

/// Feeds systemd's watchdog, but only while every part of the agent answers: a loop that hangs gets the agent restarted,
/// which disturbs nothing that runs (law 8).
struct Watchdog: Sendable {
    /// Something that must answer for the agent to be alive.
    struct Part: Sendable {
        let name: String
        /// Whether it is well. One that is stuck never answers.
        let isAlive: @Sendable () async -> Bool
    }

    /// systemd's patience (`WatchdogSec=`).
    let interval: Duration
    let parts: [Part]
    /// Tells systemd that the agent is alive.
    let feed: @Sendable () -> Void
    let logger: Logger

    /// A loop whose last round ended longer ago is stuck. Rounds come every few seconds and have deadlines; the longest there
    /// is, a thousand containers that all hang, takes 21 minutes, and a restart would only begin it anew.
    static let roundPatience: Duration = .seconds(3600)

    /// Whether a loop's last round is not too long ago; before the first (`nil`) the start has its own patience.
    static func isRecent(_ sinceLastRound: Duration?) -> Bool { sinceLastRound.map { $0 <= roundPatience } ?? true }

    /// Runs until it is cancelled. Three tries fit into one interval, so one slow answer costs nothing.
    func run() async throws {
        let pause = interval / 3
        while !Task.isCancelled {
            await look(within: pause)
            try await Task.sleep(for: pause)
        }
    }

    /// Asks every part once, all at the same time, and feeds the watchdog if all are well within `bound`.
    func look(within bound: Duration) async {
        let silent = await withTaskGroup(of: String?.self) { group in
            for part in parts {
                group.addTask { await Self.isWell(part, within: bound) ? nil : part.name }
            }
            return await group.reduce(into: [String]()) { names, name in
                if let name { names.append(name) }
            }
        }
        if silent.isEmpty { return feed() }
        let names = silent.sorted().joined(separator: ", ")
        logger.error("no sign of life within \(bound) from: \(names); the watchdog is not fed")
    }

    private static func isWell(_ part: Part, within bound: Duration) async -> Bool {
        let isWell = Mutex(false)
        let hasAnswered = await answered(within: bound) {
            let answer = await part.isAlive()
            isWell.withLock { $0 = answer }
        }
        return hasAnswered && isWell.withLock { $0 }
    }
}

/// How long the step under way of a loop has lasted: what shows that a loop is stuck in one.
final class Progress: Sendable {
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    /// Does one step.
    func step(_ body: () async -> Void) async {
        since.withLock { $0 = .now }
        await body()
        since.withLock { $0 = nil }
    }

    /// Whether no step has lasted longer than `bound`.
    func isWithin(_ bound: Duration) -> Bool {
        since.withLock { since in since.map { ContinuousClock.now - $0 <= bound } ?? true }
    }
}

/// Whether `question` is answered within `bound`; past it the answer is left to come or not.
func answered(within bound: Duration, _ question: @escaping @Sendable () async -> Void) async -> Bool {
    let (stream, continuation) = AsyncStream<Bool>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let asked = Task {
        await question()
        continuation.yield(true)
        continuation.finish()
    }
    let timer = Task {
        do { try await Task.sleep(for: bound) } catch { return }
        continuation.yield(false)
        continuation.finish()
    }
    defer {
        asked.cancel()
        timer.cancel()
    }
    for await answer in stream { return answer }
    return false
}
