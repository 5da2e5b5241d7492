public import ClusterModel

/// A collection of the API (reference §6.2); the raw value is its name in paths and the store's name for it.
public enum Resource: String, Sendable, Hashable, CaseIterable {
    case pods
    case services
    case endpoints
    case replicationControllers
    case minions
    case events
    /// Written only: nothing is kept of a binding but what it changes.
    case bindings

    /// What its objects are; `nil` for bindings, which are no objects.
    public var kind: APIKind? {
        switch self {
        case .pods: .pod
        case .services: .service
        case .endpoints: .endpoints
        case .replicationControllers: .replicationController
        case .minions: .minion
        case .events: .event
        case .bindings: nil
        }
    }

    /// The collection objects of `kind` are in.
    public init(_ kind: APIKind) {
        self =
            switch kind {
            case .pod: .pods
            case .service: .services
            case .endpoints: .endpoints
            case .replicationController: .replicationControllers
            case .minion: .minions
            case .event: .events
            }
    }

    /// The kind in the messages of a `Status`: `replicationController "x" not found`.
    public var messageName: String { kind?.messageName ?? "binding" }

    /// Whether its objects live in namespaces.
    public var isNamespaced: Bool { kind?.isNamespaced ?? true }

    /// Whether it can be watched. Minions and bindings cannot (reference §6.2).
    public var isWatchable: Bool { self != .minions && self != .bindings }

    /// `/api/v1beta1/services`, the `selfLink` of its lists.
    public var selfLink: String { "/api/v1beta1/\(rawValue)" }

    /// `/api/v1beta1/services/apache-service`. The namespace is not part of it (reference §1.0).
    public func selfLink(of name: String) -> String { "\(selfLink)/\(name)" }

    /// What a field selector may name (reference §6.2): the name under its two spellings and, of pods, where they run.
    public var selectableFields: [String] {
        switch self {
        case .pods: ["name", "ID", "DesiredState.Host", "DesiredState.Status"]
        case .bindings: []
        case .events: ["name", "ID"] + Event.selectableFields
        default: ["name", "ID"]
        }
    }
}

extension APIObject {
    /// The values of the fields a selector may name.
    var selectableFields: [String: String] {
        var fields = ["name": meta.name, "ID": meta.name]
        if case .pod(let pod) = self {
            fields["DesiredState.Host"] = pod.desiredState.host
            fields["DesiredState.Status"] = pod.desiredState.status?.rawValue ?? ""
        }
        if case .event(let event) = self {
            let values = [
                event.involvedObject.kind, event.involvedObject.namespace, event.involvedObject.name,
                event.involvedObject.uid, event.involvedObject.apiVersion,
                String(event.involvedObject.resourceVersion), event.involvedObject.fieldPath, event.status,
                event.reason, event.source,
            ]
            fields.merge(zip(Event.selectableFields, values)) { name, _ in name }
        }
        return fields
    }
}

extension Event {
    /// What a selector of events may name beside the event itself: what it is about, and what it says.
    fileprivate static let selectableFields = [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "status", "reason",
        "source",
    ]
}

extension ObjectRef {
    /// Where the store keeps the object.
    public var storeKey: StoreKey { StoreKey(Resource(kind).rawValue, namespace: namespace, name: name) }

    /// The object `key` is of; `nil` for a key of no collection of the API.
    public init?(_ key: StoreKey) {
        guard let kind = Resource(rawValue: key.collection)?.kind else { return nil }
        self.init(kind, namespace: key.namespace, name: key.name)
    }
}
