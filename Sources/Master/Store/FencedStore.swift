/// A store as one leader writes to it: every commit holds only as long as the lead does.
struct FencedStore: ClusterStore {
    let base: any ClusterStore
    let fence: LeadFence
    /// Called when a commit was refused because the lead is over.
    let onDeposed: @Sendable () -> Void

    func get(_ key: StoreKey) async throws(StoreError) -> StoreEntry? { try await base.get(key) }

    func list(_ collection: String, namespace: String?) async throws(StoreError) -> StoreListing {
        try await base.list(collection, namespace: namespace)
    }

    @discardableResult
    func commit(_ transaction: StoreTransaction) async throws(StoreError) -> UInt64 {
        var transaction = transaction
        transaction.fence = fence
        do throws(StoreError) {
            return try await base.commit(transaction)
        } catch {
            if error.code == .deposed { onDeposed() }
            throw error
        }
    }

    func watch(
        _ collections: Set<String>, after revision: UInt64
    ) async throws(StoreError) -> AsyncThrowingStream<StoreEvent, any Error> {
        try await base.watch(collections, after: revision)
    }

    func revision() async throws(StoreError) -> UInt64 { try await base.revision() }
}
