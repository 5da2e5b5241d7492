import ClusterModel
import Proxy
import Services
import Synchronization

/// Turns accepted changes and pod observations into wanted services, and the reconciler's reports into board entries.
actor ServiceLoop {
    private let reconciler: ServiceReconciler
    private let board: StatusBoard
    private var index = EndpointIndex()
    private var generations: [ObjectKey: UInt64] = [:]
    /// Endpoints objects and the generation whose arrival in the proxy is still to be reported.
    private var endpointGenerations: [ObjectKey: UInt64] = [:]

    init(reconciler: ServiceReconciler, board: StatusBoard) {
        self.reconciler = reconciler
        self.board = board
    }

    /// Takes note of the stored picture at start, for `environment`; nothing is programmed before `begin`.
    func learn(_ objects: some Collection<StoredObject>) {
        _ = note(StatePatch(put: Array(objects)))
    }

    /// Takes the stored picture at start, before `apply` is first called, with what the board knows of its pods by now.
    func begin(_ objects: some Collection<StoredObject>, complete: Bool) async {
        learn(objects)
        await reconciler.begin(services: desired(generations.keys), complete: complete)
        reportEndpoints()
    }

    /// Shows that this actor is not stuck.
    func answer() {}

    /// Takes an accepted change.
    func apply(_ patch: StatePatch) async {
        let touched = note(patch)
        let removed = patch.removed.filter { $0.kind == .service }
        if !touched.isEmpty || !removed.isEmpty {
            await reconciler.update(changed: desired(touched), removed: removed, generation: patch.generation)
        }
        // Only now: what the set names must not be taken for a stranger.
        if patch.complete.contains(.service) { await reconciler.becomeComplete() }
        reportEndpoints()
    }

    /// Takes note that something else is seen of a pod. What it is, the board says: the news that led here may be old by
    /// now, and a service must not lose its backends to an observation that has been overtaken.
    func observe(pod key: ObjectKey) async {
        let touched = index.set(pod: index.pod(key), state: podState(key), for: key)
        if !touched.isEmpty { await reconciler.update(changed: desired(touched), removed: []) }
    }

    /// The variables of every service for a container started now (reference §4), those of the pod's own namespace first:
    /// where two namespaces use one name, or there is no room for all, the first win. O(services) per start; `Pods` bounds
    /// them.
    func environment(namespace: String) -> [EnvVar] {
        ServiceEnvironment.variables(for: Self.ordered(index.allServices, for: namespace))
    }

    /// Those of the namespace first, each part by name.
    static func ordered(_ services: some Sequence<Service>, for namespace: String) -> [Service] {
        services.sorted { left, right in
            let own = (left.meta.namespace == namespace, right.meta.namespace == namespace)
            if own.0 != own.1 { return own.0 }
            return left.key < right.key
        }
    }

    private func note(_ patch: StatePatch) -> Set<ObjectKey> {
        var touched: Set<ObjectKey> = []
        for key in patch.removed {
            switch key.kind {
            case .service:
                index.set(service: nil, for: key)
                generations[key] = nil
            case .endpoints:
                if let service = index.set(endpoints: nil, for: key) { touched.insert(service) }
                endpointGenerations[key] = nil
                board.post(key, generation: patch.generation, convergence: .removed, observed: nil)
            case .pod:
                touched.formUnion(index.set(pod: nil, state: nil, for: key))
            case .minion: break
            }
        }
        for stored in patch.put {
            let key = stored.object.key
            switch stored.object {
            case .service(let service):
                index.set(service: service, for: key)
                generations[key] = stored.generation
                touched.insert(key)
            case .endpoints(let endpoints):
                endpointGenerations[key] = stored.generation
                if let service = index.set(endpoints: endpoints, for: key) { touched.insert(service) }
            case .pod(let pod):
                touched.formUnion(index.set(pod: pod, state: podState(key), for: key))
            case .minion: break
            }
        }
        return touched.filter { generations[$0] != nil }
    }

    private func podState(_ key: ObjectKey) -> PodState? {
        guard case .pod(let state)? = board.entry(key)?.observed else { return nil }
        return state
    }

    private func desired(_ keys: some Sequence<ObjectKey>) -> [DesiredService] {
        keys.compactMap { key in
            guard let service = index.service(key), let generation = generations[key] else { return nil }
            return DesiredService(service: service, backends: index.backends(of: key), generation: generation)
        }
    }

    /// Endpoints are in effect the moment the proxy has them, which `update` waits for.
    private func reportEndpoints() {
        for (key, generation) in endpointGenerations {
            board.post(key, generation: generation, convergence: .applied, observed: nil)
        }
        endpointGenerations = [:]
    }
}
