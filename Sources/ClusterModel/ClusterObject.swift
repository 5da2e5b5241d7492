/// An object a source may push to a node.
public enum ClusterObject: Sendable, Equatable {
    case pod(Pod)
    case service(Service)
    case endpoints(Endpoints)
    case minion(Minion)

    /// What identifies the object.
    public var key: ObjectKey {
        switch self {
        case .pod(let pod): pod.key
        case .service(let service): service.key
        case .endpoints(let endpoints): endpoints.key
        case .minion(let minion): minion.key
        }
    }

    /// The header of the object.
    public var meta: ObjectMeta {
        switch self {
        case .pod(let pod): pod.meta
        case .service(let service): service.meta
        case .endpoints(let endpoints): endpoints.meta
        case .minion(let minion): minion.meta
        }
    }

    /// The object as v1beta1 writes it, with `kind` and `apiVersion`.
    public func json() -> JSONObject {
        switch self {
        case .pod(let pod): pod.json()
        case .service(let service): service.json()
        case .endpoints(let endpoints): endpoints.json()
        case .minion(let minion): minion.json()
        }
    }

    /// As an item of a list, which has neither `kind` nor `apiVersion`.
    public func itemJSON() -> JSONObject {
        switch self {
        case .pod(let pod): pod.itemJSON()
        case .service(let service): service.itemJSON()
        case .endpoints(let endpoints): endpoints.itemJSON()
        case .minion(let minion): minion.itemJSON()
        }
    }
}
