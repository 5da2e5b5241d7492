public import ClusterModel

/// The agent's first line: what it speaks and what it still needs to know of the peer.
public struct Hello: Sendable, Equatable {
    /// The protocol of PROTOCOL.md.
    public static let currentProtocol = 1
    /// The entry of `auth` that asks for `{"op":"auth","token":…}`.
    public static let token = "token"

    /// The version of the protocol the agent speaks.
    public var protocolVersion: Int
    /// What is still needed: empty on an authenticated transport. A client may meet entries that are newer than itself.
    public var auth: [String]

    /// A first line of this version of the protocol.
    public init(protocolVersion: Int = Hello.currentProtocol, auth: [String]) {
        self.protocolVersion = protocolVersion
        self.auth = auth
    }
}

/// The agent's line after authentication: who it is and what it has stored, so that a master sends only what is missing.
public struct Ready: Sendable, Equatable {
    /// The node's name.
    public var node: String
    /// Program and version: `miniond 0.1.0`.
    public var agent: String
    /// The highest leadership term seen; 0 when none was.
    public var term: UInt64
    /// Per source the newest resourceVersion stored; written sorted by source.
    public var applied: [String: UInt64]
    /// The kinds of object it takes. Empty where it does not say: agents before `Minion` did not, and take the others.
    public var kinds: [String]

    /// A line of node `node`.
    public init(node: String, agent: String, term: UInt64, applied: [String: UInt64], kinds: [String] = []) {
        self.node = node
        self.agent = agent
        self.term = term
        self.applied = applied
        self.kinds = kinds
    }

    /// Whether the agent takes objects of `kind`.
    public func takes(_ kind: ObjectKind) -> Bool {
        kinds.isEmpty ? kind != .minion : kinds.contains(kind.rawValue)
    }
}
