/// The collections of a v1beta1 API server (reference §6.2).
public enum APIResource: String, Sendable, Hashable, CaseIterable {
    case pods, services, replicationControllers, endpoints, minions, events, bindings

    /// The last part of the collection's path.
    public var pathName: String { rawValue }

    /// The `kind` of one object.
    public var kind: String {
        switch self {
        case .pods: "Pod"
        case .services: "Service"
        case .replicationControllers: "ReplicationController"
        case .endpoints: "Endpoints"
        case .minions: "Minion"
        case .events: "Event"
        case .bindings: "Binding"
        }
    }
}
