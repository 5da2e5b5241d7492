public import ClusterModel

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
        /// Where minions' pod nets are taken from, /24 or larger; `nil` gives none.
        public var podNet: IPv4Network?
        /// How long a released portal IP or pod net is kept back: longer than a minion is usually cut off.
        public var quarantine: Duration = .seconds(300)

        /// Settings with the usual quarantine.
        public init(allowPrivileged: Bool, portalNet: IPv4Network, podNet: IPv4Network?) {
            self.allowPrivileged = allowPrivileged
            self.portalNet = portalNet
            self.podNet = podNet
        }
    }

    /// How often a write is tried again that another overtook; more would mean that something is wrong.
    static let attemptLimit = 16

    private(set) var store: any ClusterStore
    let mirror: ClusterMirror
    let decoder: APIDecoder
    let documents = DocumentDecoder()
    let clock: WallClock
    let uuids: TimeUUIDs
    let portals: AllocationBook<PortalPlan>
    let podNets: AllocationBook<PodNetPlan>?

    /// A registry over `store`, of which `mirror` is the mirror.
    public init(store: any ClusterStore, mirror: ClusterMirror, settings: Settings, clock: WallClock = .system) {
        self.store = store
        self.mirror = mirror
        self.clock = clock
        decoder = APIDecoder(allowPrivileged: settings.allowPrivileged)
        uuids = TimeUUIDs(clock: clock)
        portals = AllocationBook(
            plan: PortalPlan(settings.portalNet), store: store, quarantine: settings.quarantine, clock: clock)
        podNets = settings.podNet.map {
            AllocationBook(plan: PodNetPlan($0), store: store, quarantine: settings.quarantine, clock: clock)
        }
    }

    /// The same registry as the leader's controllers use it: what they write holds only as long as `fence` does.
    /// - Parameter onDeposed: called when a write was refused because the lead is over.
    func fenced(by fence: LeadFence?, onDeposed: @escaping @Sendable () -> Void) -> Registry {
        guard let fence else { return self }
        var registry = self
        registry.store = FencedStore(base: store, fence: fence, onDeposed: onDeposed)
        return registry
    }

    /// The objects that both selectors match, as of one revision, with their current state.
    public func list(
        _ resource: Resource, namespace: String?, labels: Selector, fields: Selector
    ) async throws(APIFailure) -> APIList {
        guard let kind = resource.kind else { throw .notFound(resource.messageName, "list") }
        try check(labels, fields, on: resource)
        do throws(StoreError) {
            let listing = try await store.list(resource.rawValue, namespace: kind.isNamespaced ? namespace : nil)
            let items = await mirror.shown(listing.entries).filter {
                labels.matches($0.labels) && (fields.isEmpty || fields.matches($0.selectableFields))
            }
            return APIList(kind: kind, items: items, revision: listing.revision, selfLink: resource.selfLink)
        } catch {
            throw error.failure
        }
    }

    /// The object, with its current state. 404 where there is none.
    public func get(_ resource: Resource, namespace: String, name: String) async throws(APIFailure) -> APIObject {
        guard let kind = resource.kind else { throw .notFound(resource.messageName, name) }
        let object = try await stored(ObjectRef(kind, namespace: namespace, name: name))
        return await mirror.shown(object).linked
    }

    /// Makes an object of a request's body; a binding is carried out and answered with a status.
    /// - Parameter replacing: whether an object of that name makes way, else 409.
    public func create(
        _ resource: Resource, namespace: String, _ body: JSONValue, replacing: Bool = false
    ) async throws(APIFailure) -> APIAnswer {
        guard let kind = resource.kind else {
            let binding = try decoder.binding(body, namespace: namespace)
            do throws(APIFailure) { try await bind(binding) } catch { throw error.at(resource.selfLink) }
            var status = APIStatus.success
            status.selfLink = resource.selfLink
            return .status(status)
        }
        let uuid = uuids.next()
        let wanted = try decoder.decode(body, as: kind, namespace: namespace, spareName: uuid)
        do throws(APIFailure) {
            let object = try ObjectDefaults.created(wanted, timestamp: clock.now().timestamp, uuid: uuid)
            let stored = replacing ? try await put(object) : try await add(object)
            return .object(await mirror.shown(stored).linked)
        } catch {
            throw error.at(resource.selfLink)
        }
    }

    /// Replaces an object by a request's body, whose `id` names it and whose `resourceVersion` must be the object's. `name` is
    /// what the path says, and only shown (reference §6.2).
    public func update(
        _ resource: Resource, namespace: String, name: String, _ body: JSONValue
    ) async throws(APIFailure) -> APIObject {
        guard let kind = resource.kind else {
            throw APIFailure(405, .methodNotAllowed, "Bindings may not be changed.")
        }
        let wanted = try decoder.decode(body, as: kind, namespace: namespace)
        guard kind != .event else { throw APIFailure(405, .methodNotAllowed, "events cannot be changed") }
        do throws(APIFailure) {
            var object = await mirror.shown(try await replace(by: wanted))
            object.meta.selfLink = resource.selfLink(of: name)
            return object
        } catch {
            throw error.at(resource.selfLink(of: name))
        }
    }

    /// Removes an object: of a service its endpoints too. 404 where there is none.
    /// - Parameter version: the object's `resourceVersion`, 409 when it is another; `nil` for whatever it is.
    public func delete(
        _ resource: Resource, namespace: String, name: String, version: UInt64? = nil
    ) async throws(APIFailure) {
        guard let kind = resource.kind else { throw .notFound(resource.messageName, name) }
        try await remove(ObjectRef(kind, namespace: namespace, name: name), version: version)
    }

    /// The object as it is stored. 404 where there is none, also for a name no object can have.
    func stored(_ ref: ObjectRef) async throws(APIFailure) -> APIObject {
        guard ref.hasStorableName else { throw .notFound(ref.kind.messageName, ref.name) }
        let object: APIObject?
        do throws(StoreError) {
            object = if let entry = try await store.get(ref.storeKey) { try documents.object(entry) } else { nil }
        } catch {
            throw error.failure
        }
        guard let object else { throw .notFound(ref.kind.messageName, ref.name) }
        return object
    }

    /// Refuses selectors the collection cannot be asked with (reference §6.2); a watch of endpoints may name one of them.
    func check(
        _ labels: Selector, _ fields: Selector, on resource: Resource, watching: Bool = false
    ) throws(APIFailure) {
        guard resource != .endpoints || labels.isEmpty && (fields.isEmpty || watching) else {
            throw .badRequest("\(watching ? "label" : "label/field") selectors are not supported on endpoints")
        }
        for key in fields.keys where !resource.selectableFields.contains(key) {
            let known = resource.selectableFields.joined(separator: ", ")
            throw .badRequest("a field selector on \(resource.rawValue) may name \(known), not '\(key.prefix(100))'")
        }
    }
}

/// What a create answers with.
public enum APIAnswer: Sendable, Equatable {
    case object(APIObject)
    case status(APIStatus)
}

extension APIObject {
    /// The object with the `selfLink` of an answer that is this object alone.
    var linked: APIObject {
        var object = self
        object.meta.selfLink = Resource(kind).selfLink(of: meta.name)
        return object
    }
}

extension ObjectRef {
    /// Whether the store can have such a key: no part of one contains `/`, and no name is empty.
    var hasStorableName: Bool {
        do throws(StoreError) { try storeKey.check() } catch { return false }
        return true
    }
}
