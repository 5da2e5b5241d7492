import ClusterModel
import Pods

/// Turns accepted changes into wanted pods. The reconciler's reports reach the board through `NodeAssembly`.
actor PodLoop {
    private let reconciler: PodReconciler

    init(reconciler: PodReconciler) {
        self.reconciler = reconciler
    }

    /// Takes the stored picture at start, before `apply` is first called.
    func begin(_ objects: some Collection<StoredObject>, complete: Bool) async {
        await reconciler.begin(pods: objects.compactMap(DesiredPod.init(stored:)), complete: complete)
    }

    /// Shows that this actor is not stuck.
    func answer() {}

    /// Takes an accepted change.
    func apply(_ patch: StatePatch) async {
        let changed = patch.put.compactMap(DesiredPod.init(stored:))
        let removed = patch.removed.filter { $0.kind == .pod }
        if !changed.isEmpty || !removed.isEmpty {
            await reconciler.update(changed: changed, removed: removed, generation: patch.generation)
        }
        // Only now: what the set names must not be taken for a stray.
        if patch.complete.contains(.pod) { await reconciler.becomeComplete() }
    }
}

extension DesiredPod {
    /// The wanted pod of a stored object; `nil` when the object is none.
    init?(stored: StoredObject) {
        guard case .pod(let pod) = stored.object else { return nil }
        self.init(pod: pod, source: stored.source.rawValue, uid: stored.uid, generation: stored.generation)
    }
}
