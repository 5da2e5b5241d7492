public import ClusterModel
public import Machine

/// The objects of the cluster as the API offers them: defaults, validation, compare-and-swap, portal IPs, over a store.
///
/// Every call throws `APIFailure`, a `Status` ready to be answered. What is returned carries the `selfLink` of its answer.
/// Namespaces: `nil` means all for a list and a watch; for minions it is not looked at.
public struct Registry: Sendable {
    /// What a registry is told at start.
    public struct Settings: Sendable {
        /// Whether a container may ask for `privileged`.
        public var allowPrivileged: Bool
        /// Where portal IPs are taken from, /29 or larger (reference §6.3).
        public var portalNet: IPv4Network
        /// Where minions' pod nets are taken from, /23 or larger; `nil` gives none.
        public var podNet: IPv4Network?

        /// Settings; the nets are the article's portal net and the default pod net.
        public init(allowPrivileged: Bool, portalNet: IPv4Network, podNet: IPv4Network?) {
            self.allowPrivileged = allowPrivileged
            self.portalNet = portalNet
            self.podNet = podNet
        }
    }

    let store: any ClusterStore
    let mirror: ClusterMirror
    let settings: Settings
    let time: MonotonicTime

    /// A registry over `store`, of which `mirror` is the mirror.
    public init(store: any ClusterStore, mirror: ClusterMirror, settings: Settings, time: MonotonicTime) {
        self.store = store
        self.mirror = mirror
        self.settings = settings
        self.time = time
    }

    /// The objects that both selectors match, as of one revision, with their current state.
    public func list(
        _ resource: Resource, namespace: String?, labels: Selector, fields: Selector
    ) async throws(APIFailure) -> APIList {
        throw APIFailure(501, .notImplemented, "not yet")
    }

    /// The object, with its current state. 404 where there is none.
    public func get(_ resource: Resource, namespace: String, name: String) async throws(APIFailure) -> APIObject {
        throw APIFailure(501, .notImplemented, "not yet")
    }

    /// Makes an object of a request's body; a binding is carried out and answered with a status.
    public func create(
        _ resource: Resource, namespace: String, _ body: JSONValue
    ) async throws(APIFailure) -> APIAnswer {
        throw APIFailure(501, .notImplemented, "not yet")
    }

    /// Replaces an object by a request's body, whose `id` names it and whose `resourceVersion` must be the object's.
    public func update(
        _ resource: Resource, namespace: String, name: String, _ body: JSONValue
    ) async throws(APIFailure) -> APIObject {
        throw APIFailure(501, .notImplemented, "not yet")
    }

    /// Removes an object: of a service its endpoints too. 404 where there is none.
    /// - Parameter version: the object's `resourceVersion`, 409 when it is another; `nil` for whatever it is.
    public func delete(
        _ resource: Resource, namespace: String, name: String, version: UInt64? = nil
    ) async throws(APIFailure) {
        throw APIFailure(501, .notImplemented, "not yet")
    }

    /// Gives a pod that has no minion to one. 404 when pod or minion do not exist, 409 when the pod has a minion.
    public func bind(_ binding: Binding) async throws(APIFailure) {
        throw APIFailure(501, .notImplemented, "not yet")
    }

    /// Every change after `revision`, once and in order; what the selectors no longer match is told as deleted, what they
    /// match anew as added. With revision 0 what there is comes first: added, or modified if it ever was.
    /// The stream ends with an `APIFailure`: 410 when changes after `revision` are no longer kept or the reader is too slow.
    public func watch(
        _ resource: Resource, namespace: String?, labels: Selector, fields: Selector, after revision: UInt64
    ) async throws(APIFailure) -> AsyncThrowingStream<APIWatchEvent, any Error> {
        throw APIFailure(501, .notImplemented, "not yet")
    }
}

/// What a create answers with.
public enum APIAnswer: Sendable, Equatable {
    case object(APIObject)
    case status(APIStatus)
}
