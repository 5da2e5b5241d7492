import ClusterModel
import Machine
import Pods
import Services

/// Looks at what the agent needs of the host and does not own: complaints go to the board, with what to do.
struct HostWatch: Sendable {
    /// Disks and tables fill in minutes, not in seconds.
    static let interval: Duration = .seconds(30)

    /// A write to a disk that works takes milliseconds, seconds under load.
    static let slowWrite: Duration = .seconds(10)

    let board: StatusBoard
    let store: DesiredStore
    let stateFolder: String

    /// Runs until it is cancelled.
    func run() async throws {
        let host = HostProbe()
        while !Task.isCancelled {
            // Not the watchdog's business: no restart mends a disk, and the proxy serves without one.
            let storeAnswers = await answered(within: Self.slowWrite) { [store] in _ = await store.standing() }
            let words = "the disk of \(stateFolder) has not answered for \(Self.slowWrite): nothing new is accepted"
            board.note(problem: "store-stuck", storeAnswers ? nil : words)
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

    /// Runs until it is cancelled.
    func run() async throws {
        var shown = ""
        while !Task.isCancelled {
            let serviceWords = await services.health.degraded
            let podWords = await pods.health.degraded
            context.board.note(problem: "services", serviceWords.isEmpty ? nil : serviceWords.joined(separator: "; "))
            context.board.note(problem: "pods", podWords.isEmpty ? nil : podWords.joined(separator: "; "))
            let line = context.node.statusLine
            if line != shown { notifier.status(line) }
            shown = line
            try await Task.sleep(for: Self.interval)
        }
    }
}
