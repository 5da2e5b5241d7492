import ClusterModel

extension Registry {
    /// Writes down that something happened, under a name that says what: as a new event, or as one more time of the one there
    /// is, which no client could change.
    /// - Throws: 409 when another write was faster; as `create`.
    func record(_ event: Event) async throws(APIFailure) {
        let ref = ObjectRef(.event, namespace: event.meta.namespace, name: event.meta.name)
        do {
            guard let entry = try await store.get(ref.storeKey),
                case .event(var known) = try documents.object(entry)
            else {
                var first = event
                first.count = 1
                _ = try await create(
                    .events, namespace: first.meta.namespace, .object(APIObject.event(first).json()))
                return
            }
            known.count = min(max(1, known.count) + 1, Int(Int32.max))
            known.lastTimestamp = clock.now().timestamp
            try await store.commit(
                StoreTransaction(
                    conditions: [.version(ref.storeKey, entry.modified)],
                    changes: [.put(ref.storeKey, APIObject.event(known).document)]))
        } catch {
            throw Self.failure(error)
        }
    }
}
