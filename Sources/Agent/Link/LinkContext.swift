import ClusterModel
import Logging
import Pods
import Wire

/// What every connection shares: the node's identity, its state and its doors.
struct LinkContext: Sendable {
    let nodeName: String
    let store: DesiredStore
    let board: StatusBoard
    /// `nil` where there is no token: then only the local socket is served.
    let gate: TokenGate?
    let decoder: ObjectDecoder
    let maxTransactionBytes: Int
    /// Where containers' logs are read.
    let logs: PodLogs
    /// How many of them at a time.
    let logSlots = LogSlots()
    /// When the agent started.
    let started: ContinuousClock.Instant
    let logger: Logger

    /// The node as it is now.
    var node: NodeView {
        NodeView(
            name: nodeName, version: AgentVersion.program, pods: board.count(.pod).present,
            services: board.count(.service).present, problems: board.problems.map(\.words),
            unschedulable: board.unschedulable)
    }

    /// The answer to `health`.
    var health: HealthReport {
        let (pods, services) = (board.count(.pod), board.count(.service))
        return HealthReport(
            node: nodeName, agent: AgentVersion.program, uptime: ContinuousClock.now - started,
            pods: .init(desired: pods.present, applied: pods.applied),
            services: .init(desired: services.present, applied: services.applied),
            degraded: board.problems.map(\.words))
    }
}
