import ClusterModel
import Logging
import Machine
import Pods
import Proxy
import Services

/// Feeds systemd's watchdog, but only while every part of the agent answers: a loop that hangs gets the agent restarted,
/// which disturbs nothing that runs (law 8).
struct Watchdog: Sendable {
    let notifier: SystemdNotifier
    let interval: Duration
    let proxy: ProxyServer
    let services: ServiceReconciler
    let pods: PodReconciler
    let store: DesiredStore
    let logger: Logger

    /// Runs until it is cancelled. Three tries fit into one interval, so one slow answer costs nothing.
    func run() async throws {
        let pause = interval / 3
        while !Task.isCancelled {
            if await isAlive(within: pause) {
                notifier.watchdog()
            } else {
                logger.error("a part of the agent did not answer within \(pause); the watchdog is not fed")
            }
            try await Task.sleep(for: pause)
        }
    }

    /// Whether the data plane and each actor answer in time. An actor that is stuck keeps its question for ever, so the
    /// questions are asked by tasks nobody waits for.
    private func isAlive(within bound: Duration) async -> Bool {
        guard await proxy.heartbeat(within: bound) else { return false }
        return await answered(within: bound) { [services, pods, store] in
            _ = await services.health
            _ = await pods.health
            _ = await store.standing()
        }
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

/// Looks at what the agent needs of the host and does not own: complaints go to the board, with what to do.
struct HostWatch: Sendable {
    /// Disks and tables fill in minutes, not in seconds.
    static let interval: Duration = .seconds(30)

    let board: StatusBoard
    let stateFolder: String

    /// Runs until it is cancelled.
    func run() async throws {
        let host = HostProbe()
        while !Task.isCancelled {
            board.note(problem: "forwarding", host.ipForwarding().advice)
            board.note(problem: "bridge", host.bridgeNetfilter().advice)
            board.note(problem: "conntrack", host.connectionTracking().advice)
            board.note(problem: "disk", host.freeSpace(of: stateFolder).advice)
            try await Task.sleep(for: Self.interval)
        }
    }
}

/// Carries the reconcilers' complaints and the host's to the board, and the board's summary to STATUS=.
struct StatusReporter: Sendable {
    /// People and systemd read the line at human speed.
    static let interval: Duration = .seconds(1)

    let notifier: SystemdNotifier
    let context: LinkContext
    let services: ServiceReconciler
    let pods: PodReconciler

    /// A call of the engine that takes longer is named in the node's status; most take a tenth of a second.
    static let slowCall: Duration = .seconds(10)

    /// Runs until it is cancelled.
    func run() async throws {
        var shown = ""
        while !Task.isCancelled {
            let serviceWords = await services.health.degraded
            let podWords = Self.complaints(await pods.health)
            context.board.note(problem: "services", serviceWords.isEmpty ? nil : serviceWords.joined(separator: "; "))
            context.board.note(problem: "pods", podWords.isEmpty ? nil : podWords.joined(separator: "; "))
            let line = context.node.statusLine
            if line != shown { notifier.status(line) }
            shown = line
            try await Task.sleep(for: Self.interval)
        }
    }

    /// What is wrong with the container engine, in words.
    static func complaints(_ health: PodHealth) -> [String] {
        var words: [String] = []
        if !health.isReachable, let trouble = health.trouble {
            let age = health.unreachableFor.map { " for \($0.components.seconds) s" } ?? ""
            words.append("the container engine is unreachable\(age): \(trouble)")
        }
        if let call = health.oldestCall, let age = health.oldestCallAge, age > slowCall {
            words.append("the engine has not answered '\(call)' for \(age.components.seconds) s")
        }
        return words
    }
}
