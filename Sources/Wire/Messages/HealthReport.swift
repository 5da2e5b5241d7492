/// The answer to `health`: how the node is, in numbers and in words.
public struct HealthReport: Sendable, Equatable {
    /// How many objects of a kind there are.
    public struct Count: Sendable, Equatable {
        /// Stored as wanted.
        public var desired: Int
        /// As wanted, right now.
        public var applied: Int

        /// `applied` of `desired`.
        public init(desired: Int, applied: Int) {
            self.desired = desired
            self.applied = applied
        }
    }

    /// The node's name.
    public var node: String
    /// Program and version: `miniond 0.1.0`.
    public var agent: String
    /// Since the agent's start; sent in whole seconds.
    public var uptime: Duration
    /// Of pods.
    public var pods: Count
    /// Of services.
    public var services: Count
    /// What is wrong, a sentence each; empty on a healthy node.
    public var degraded: [String]

    /// A report of node `node`.
    public init(
        node: String, agent: String, uptime: Duration, pods: Count, services: Count, degraded: [String] = []
    ) {
        self.node = node
        self.agent = agent
        self.uptime = uptime
        self.pods = pods
        self.services = services
        self.degraded = degraded
    }

    /// Whether nothing is wrong.
    public var isHealthy: Bool { degraded.isEmpty }
}
