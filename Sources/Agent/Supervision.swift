import ClusterModel
import Logging
import Machine
import Pods
import Proxy
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
    let routes: RouteReconciler
    let podRules: PodRulesReconciler
    let proxy: ProxyServer

    /// Runs until it is cancelled.
    func run() async throws {
        var shown = ""
        var shortages = ShortageWatch()
        while !Task.isCancelled {
            let serviceWords = await services.health.degraded
            let podHealth = await pods.health
            let podWords = podHealth.degraded
            context.board.note(unschedulable: podHealth.engineTrouble)
            context.board.note(problem: "services", serviceWords.isEmpty ? nil : serviceWords.joined(separator: "; "))
            context.board.note(problem: "pods", podWords.isEmpty ? nil : podWords.joined(separator: "; "))
            let routeWords = await routes.degraded + podRules.degraded
            context.board.note(problem: "peers", routeWords.isEmpty ? nil : routeWords.joined(separator: "; "))
            let proxyWords = shortages.look(proxy.shortage)
            if shortages.hasBegun { context.logger.warning("\(proxyWords.joined(separator: "; "))") }
            context.board.note(problem: "proxy", proxyWords.isEmpty ? nil : proxyWords.joined(separator: "; "))
            let line = context.node.statusLine
            if line != shown { notifier.status(line) }
            shown = line
            try await Task.sleep(for: Self.interval)
        }
    }
}

/// Turns the data plane's counts of shortage into complaints. Pure: one look after the other, each `StatusReporter.interval`
/// after the last.
struct ShortageWatch {
    /// Looks a complaint outlives the last client it was about, so that one a second does not come and go with every client.
    static let memory = 60

    private struct Complaint {
        let count: @Sendable (ProxyShortage) -> UInt64
        let words: String
    }

    private static let complaints = [
        Complaint(
            count: { $0.exhausted },
            words: "clients are reset for want of descriptors or kernel memory (LimitNOFILE= of the unit)"),
        Complaint(
            count: { $0.connectionLimit },
            words: "clients are reset: as many connections are relayed as descriptors allow"),
        Complaint(
            count: { $0.noLocalPort },
            words: "clients are reset for want of source ports towards a backend (sysctl net.ipv4.ip_local_port_range)"),
        Complaint(
            count: { $0.acceptPauses }, words: "clients wait for want of descriptors or memory to accept them with"),
    ]

    private var last = ProxyShortage()
    /// Looks left to each complaint, 0 when there is none.
    private var left = [Int](repeating: 0, count: complaints.count)

    /// Whether the last look found a complaint that was not there before: worth a line in the log.
    private(set) var hasBegun = false

    /// What to complain of, now that the counts are these.
    mutating func look(_ counts: ProxyShortage) -> [String] {
        hasBegun = false
        var words: [String] = []
        for (index, complaint) in Self.complaints.enumerated() {
            if complaint.count(counts) > complaint.count(last) {
                hasBegun = hasBegun || left[index] == 0
                left[index] = Self.memory
            } else if left[index] > 0 {
                left[index] -= 1
            }
            if left[index] > 0 { words.append(complaint.words) }
        }
        last = counts
        return words
    }
}
