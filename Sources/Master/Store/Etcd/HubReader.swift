/// One watch: reads from the hub, or from etcd on a connection of its own while it is behind what the hub has.
actor HubReader {
    private let collections: Set<String>
    private let store: EtcdStore
    private let hub: WatchHub
    /// Everything up to here was read.
    private var after: UInt64
    private var ownWatch: EtcdWatch?
    /// Not yet given out, the next one last.
    private var pending: [StoreEvent] = []

    init(_ collections: Set<String>, after revision: UInt64, hub: WatchHub, store: EtcdStore) {
        self.collections = collections
        self.store = store
        self.hub = hub
        after = revision
    }

    /// Looks whether the changes wanted are there, so that `gone` is said before the stream begins.
    func begin() async throws(StoreError) {
        if !hub.holds(after) {
            let watch = EtcdWatch(after: after, store: store)
            ownWatch = watch
            try await watch.begin()
        } else if after > hub.newest, try await store.revision() < after {
            throw StoreError(.gone, "etcd has not come to revision \(after): it is not the one that was")
        }
    }

    /// The next change, as soon as there is one; `nil` when the calling task is cancelled.
    func next() async throws(StoreError) -> StoreEvent? {
        while !Task.isCancelled {
            if let event = pending.popLast() { return event }
            if hub.holds(after) {
                ownWatch = nil
                if let events = try await hub.batch(after: after) { take(events) }
            } else {
                let watch = ownWatch ?? EtcdWatch(after: after, store: store)
                ownWatch = watch
                guard let events = try await watch.nextBatch() else { return nil }
                take(events)
            }
        }
        return nil
    }

    private func take(_ events: [StoreEvent]) {
        after = events.last?.revision ?? after
        pending = events.filter { collections.contains($0.key.collection) }.reversed()
    }
}
