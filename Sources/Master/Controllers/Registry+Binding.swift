import ClusterModel

extension Registry {
    /// Gives the pod, which has no minion, to one, if both are still what they were. 404 when one does not exist, 409 when
    /// the pod is at another version. Unlike `bind(_:)` it does not try again: what was decided was decided of this version.
    /// - Returns: the pod's new version.
    func bind(_ pod: Pod, to minion: String) async throws(APIFailure) -> UInt64 {
        let podKey = ObjectRef(.pod, namespace: pod.meta.namespace, name: pod.meta.name).storeKey
        let minionKey = ObjectRef(.minion, name: minion).storeKey
        var bound = pod
        bound.desiredState.host = minion
        do {
            guard let host = try await store.get(minionKey) else { throw APIFailure.notFound("minion", minion) }
            return try await store.commit(
                StoreTransaction(
                    conditions: [.version(podKey, pod.meta.resourceVersion), .version(minionKey, host.modified)],
                    changes: [.put(podKey, APIObject.pod(bound).document)]))
        } catch let failure as APIFailure {
            throw failure
        } catch let error as StoreError where error.code == .conflict {
            throw .conflict("pod", pod.meta.name, error.message)
        } catch {
            throw APIFailure(503, .unavailable, "\(error)")
        }
    }
}
