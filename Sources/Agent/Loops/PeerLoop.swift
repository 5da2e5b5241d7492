import ClusterModel
import Services

/// Turns accepted changes into wanted peers. The reconciler's reports reach the board through `NodeAssembly`.
actor PeerLoop {
    private let reconciler: RouteReconciler

    init(reconciler: RouteReconciler) {
        self.reconciler = reconciler
    }

    /// Takes the stored picture at start, before `apply` is first called.
    func begin(_ objects: some Collection<StoredObject>, complete: Bool) async {
        await reconciler.begin(minions: objects.compactMap(DesiredMinion.init(stored:)), complete: complete)
    }

    /// Takes an accepted change.
    func apply(_ patch: StatePatch) async {
        let changed = patch.put.compactMap(DesiredMinion.init(stored:))
        let removed = patch.removed.filter { $0.kind == .minion }
        if !changed.isEmpty || !removed.isEmpty {
            await reconciler.update(changed: changed, removed: removed, generation: patch.generation)
        }
        // Only now: what the set names must not be taken for a stranger.
        if patch.complete.contains(.minion) { await reconciler.becomeComplete() }
    }
}

extension DesiredMinion {
    /// The wanted entry of a stored object; `nil` when the object is none.
    init?(stored: StoredObject) {
        guard case .minion(let minion) = stored.object else { return nil }
        self.init(minion: minion, generation: stored.generation)
    }
}
