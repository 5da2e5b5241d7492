/// How far a request has got (PROTOCOL "Replies"). Only a request with an id is acked.
public struct Ack: Sendable, Equatable {
    /// The steps a request goes through.
    public enum Phase: Sendable, Equatable {
        /// Valid and on disk: it survives a power cut.
        case received
        /// The node is as wanted. `took` counts from the request's arrival; it is sent in whole milliseconds.
        case applied(took: Duration?)
        /// Not yet: a reason in one CamelCase word, the words of whoever refused, and the time to the next try (`nil` when
        /// only a change can help). `applied` follows when a try succeeds.
        case failed(reason: String, message: String, retryIn: Duration?)
    }

    /// The request that is acked.
    public var id: RequestID
    /// How far it has got.
    public var phase: Phase
    /// The version that the request carried.
    public var resourceVersion: UInt64?
    /// Whether the request was ignored, because something as new is stored already.
    public var stale: Bool
    /// Doubts about what was accepted: fields nobody knows.
    public var warnings: [String]

    /// An ack of request `id`.
    public init(
        id: RequestID, phase: Phase, resourceVersion: UInt64? = nil, stale: Bool = false, warnings: [String] = []
    ) {
        self.id = id
        self.phase = phase
        self.resourceVersion = resourceVersion
        self.stale = stale
        self.warnings = warnings
    }
}

extension Ack.Phase {
    /// Whether the node is as wanted.
    public var isApplied: Bool {
        if case .applied = self { true } else { false }
    }
}
