/// An object of the master.
public indirect enum APIObject: Sendable, Equatable {
    case pod(Pod)
    case service(Service)
    case endpoints(Endpoints)
    case replicationController(ReplicationController)
    case minion(Minion)
    case event(Event)

    /// What the object is.
    public var kind: APIKind {
        switch self {
        case .pod: .pod
        case .service: .service
        case .endpoints: .endpoints
        case .replicationController: .replicationController
        case .minion: .minion
        case .event: .event
        }
    }

    /// What identifies the object.
    public var ref: ObjectRef { ObjectRef(kind, namespace: meta.namespace, name: meta.name) }

    /// The header of the object.
    public var meta: ObjectMeta {
        get {
            switch self {
            case .pod(let pod): pod.meta
            case .service(let service): service.meta
            case .endpoints(let endpoints): endpoints.meta
            case .replicationController(let controller): controller.meta
            case .minion(let minion): minion.meta
            case .event(let event): event.meta
            }
        }
        set {
            switch self {
            case .pod(var pod):
                pod.meta = newValue
                self = .pod(pod)
            case .service(var service):
                service.meta = newValue
                self = .service(service)
            case .endpoints(var endpoints):
                endpoints.meta = newValue
                self = .endpoints(endpoints)
            case .replicationController(var controller):
                controller.meta = newValue
                self = .replicationController(controller)
            case .minion(var minion):
                minion.meta = newValue
                self = .minion(minion)
            case .event(var event):
                event.meta = newValue
                self = .event(event)
            }
        }
    }

    /// The labels a label selector looks at; empty for the kinds that have none.
    public var labels: [String: String] {
        switch self {
        case .pod(let pod): pod.labels
        case .service(let service): service.labels
        case .replicationController(let controller): controller.labels
        case .minion(let minion): minion.labels
        case .endpoints, .event: [:]
        }
    }

    /// The object as v1beta1 writes it, with `kind` and `apiVersion`.
    public func json() -> JSONObject { json(kind: kind) }

    /// As an item of a list, which has neither `kind` nor `apiVersion`.
    public func itemJSON() -> JSONObject { json(kind: nil) }

    private func json(kind: APIKind?) -> JSONObject {
        switch self {
        case .pod(let pod): pod.json(kind: kind)
        case .service(let service): service.json(kind: kind)
        case .endpoints(let endpoints): endpoints.json(kind: kind)
        case .replicationController(let controller): controller.json(kind: kind)
        case .minion(let minion): minion.json(kind: kind)
        case .event(let event): event.json(kind: kind)
        }
    }
}
