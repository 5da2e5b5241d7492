import ClusterModel
import Synchronization

/// The cluster's objects in an etcd v3, for several masters: through its JSON gateway, so that no gRPC is needed. What etcd
/// calls revisions are ours.
public final class EtcdStore: ClusterStore {
    /// Where an etcd keeps what is ours unless it is told otherwise.
    public static let standardPrefix = "/registry"
    /// Documents asked for at once in a listing.
    static let pageSize: UInt64 = 500
    /// How often a listing is begun again because its revision was compacted under it.
    static let listingAttempts = 3

    /// Revisions before the newest at which a new hub begins, so that clients who resume their watches after a change of
    /// leader find theirs there and do not each read from etcd. Well below `WatchHub.bound`.
    static let hubLookBack: UInt64 = 4_000

    let client: EtcdClient
    let keys: EtcdKeys
    private let hub = Mutex<WatchHub?>(nil)
    private let history = Mutex<EtcdHistory?>(nil)

    /// A store on the etcd at `endpoints`. Nothing is asked yet.
    ///
    /// - Parameters:
    ///   - endpoints: `http://host:port` or `https://host:port` of members of one cluster, at least one.
    ///   - prefix: what all keys begin with, without a "/" at its end. Two clusters on one etcd have two.
    /// - Throws: `invalid`.
    public convenience init(endpoints: [String], prefix: String = EtcdStore.standardPrefix) throws(StoreError) {
        self.init(try EtcdClient(endpoints: endpoints), prefix: prefix)
    }

    init(_ client: EtcdClient, prefix: String = EtcdStore.standardPrefix) {
        self.client = client
        keys = EtcdKeys(prefix: prefix)
    }

    /// Ends every call and watch. Must be called before the store is let go of.
    public func close() async throws(StoreError) {
        hub.withLock { $0 }?.stop()
        try await client.shutdown()
    }

    /// See `ClusterStore`.
    public func get(_ key: StoreKey) async throws(StoreError) -> StoreEntry? {
        try key.check()
        let answer = try await client.call("/v3/kv/range", ["key": .bytes(keys.key(key))], isRepeatable: true)
        guard let pair = try answer.objects("kvs").first else { return nil }
        return try keys.entry(pair)
    }

    /// See `ClusterStore`. Asked for in pages of one revision.
    public func list(_ collection: String, namespace: String?) async throws(StoreError) -> StoreListing {
        try StoreKey.check("collection", collection)
        if let namespace, !namespace.isEmpty { try StoreKey.check("namespace", namespace) }
        let range = keys.range(collection, namespace: namespace)
        for _ in 0..<Self.listingAttempts {
            do throws(StoreError) {
                var listing = try await listing(of: range)
                // etcd's order is that of the joined keys: "a-b/x" before "a/x".
                listing.entries.sort { $0.key < $1.key }
                return listing
            } catch {
                guard error.code == .gone else { throw error }
            }
        }
        throw StoreError(.unavailable, "etcd: compacted faster than \(collection) can be listed")
    }

    /// See `ClusterStore`. Never sent twice: when no answer comes, whether it took effect is unknown.
    @discardableResult
    public func commit(_ transaction: StoreTransaction) async throws(StoreError) -> UInt64 {
        try transaction.check()
        let leader = JSONValue.bytes(keys.leader)
        let fences = transaction.fence.map { [Self.compare($0, leader)] } ?? []
        let body: JSONObject = [
            "compare": .array(
                transaction.conditions.map { condition in
                    let key = JSONValue.bytes(keys.key(condition.key))
                    return condition.wanted == 0
                        ? ["key": key, "target": "CREATE", "create_revision": "0"]
                        : ["key": key, "target": "MOD", "mod_revision": .number(condition.wanted)]
                } + fences),
            "success": .array(
                transaction.changes.map { change in
                    switch change {
                    case .put(let key, let value):
                        ["request_put": ["key": .bytes(keys.key(key)), "value": .bytes(value)]]
                    case .remove(let key): ["request_delete_range": ["key": .bytes(keys.key(key))]]
                    }
                }),
            "failure": .array(
                transaction.conditions.map { ["request_range": ["key": .bytes(keys.key($0.key)), "keys_only": true]] }
                    + fences.map { _ in ["request_range": ["key": leader, "keys_only": true]] }),
        ]
        let answer = try await client.call("/v3/kv/txn", body, isRepeatable: false)
        if answer.flag("succeeded") { return try answer.headerRevision() }
        let found = try answer.objects("responses")
        if let fence = transaction.fence {
            let pair = try found.last?.object("response_range").objects("kvs").first
            guard try pair?.number("create_revision") == fence.created else {
                throw StoreError(.deposed, "the lead that revision \(fence.created) began is over")
            }
        }
        for (condition, response) in zip(transaction.conditions, found) {
            let pair = try response.object("response_range").objects("kvs").first
            let actual = try pair?.number("mod_revision") ?? 0
            if let conflict = condition.conflict(with: actual) { throw conflict }
        }
        throw StoreError(.damaged, "etcd refused a transaction whose conditions hold")
    }

    /// True as long as the key `leader` is the one that `fence` is of.
    static func compare(_ fence: LeadFence, _ leader: JSONValue) -> JSONValue {
        ["key": leader, "target": "CREATE", "create_revision": .number(fence.created)]
    }

    /// See `ClusterStore`. All watches share one connection, which is opened again after a cut, at another endpoint if need be;
    /// nothing is shown twice. `unavailable` only when no endpoint answers.
    public func watch(
        _ collections: Set<String>, after revision: UInt64
    ) async throws(StoreError) -> AsyncThrowingStream<StoreEvent, any Error> {
        try checkWatched(collections)
        let reader = HubReader(collections, after: revision, hub: try await currentHub(), store: self)
        try await reader.begin()
        return AsyncThrowingStream { try await reader.next() }
    }

    /// The hub of this store's watches; a new one where there is none that goes on.
    private func currentHub() async throws(StoreError) -> WatchHub {
        if let hub = hub.withLock({ $0 }), !hub.isOver { return hub }
        let start = try await hubStart()
        return hub.withLock { hub in
            // Whoever came first while we asked has made one.
            if let hub, !hub.isOver { return hub }
            let made = WatchHub(after: start)
            made.follow(EtcdWatch(after: start, isShared: true, store: self))
            hub = made
            return made
        }
    }

    /// Where a new hub begins: `hubLookBack` ago, or now where etcd has compacted that.
    private func hubStart() async throws(StoreError) -> UInt64 {
        let newest = try await revision()
        // The first revision is 1.
        let start = newest > Self.hubLookBack ? newest - Self.hubLookBack : 1
        do throws(StoreError) {
            let body: JSONObject = ["key": .bytes(keys.leader), "count_only": true, "revision": .number(start)]
            _ = try await client.call("/v3/kv/range", body, isRepeatable: true)
            return start
        } catch {
            guard error.code == .gone else { throw error }
            return newest
        }
    }

    /// Whether what answered with `header` goes on where the last answer was, as far as it tells: a restored snapshot is
    /// another cluster, or one whose raft term begins anew.
    func isSameHistory(_ header: JSONObject) throws(StoreError) -> Bool {
        let now = try EtcdHistory(header)
        return history.withLock { history in
            guard let known = history else {
                history = now
                return true
            }
            guard known.cluster == now.cluster, known.raftTerm <= now.raftTerm else { return false }
            history = now
            return true
        }
    }

    /// See `ClusterStore`. Agreed upon by a majority of the cluster.
    public func revision() async throws(StoreError) -> UInt64 {
        let body: JSONObject = ["key": .bytes(keys.leader), "count_only": true]
        return try await client.call("/v3/kv/range", body, isRepeatable: true).headerRevision()
    }

    /// Forgets the changes before `revision`, for all that share this etcd: watches after an older one end with `gone`. What
    /// was forgotten already is no error.
    public func compact(through revision: UInt64) async throws(StoreError) {
        hub.withLock { $0 }?.forget(through: revision)
        do throws(StoreError) {
            _ = try await client.call("/v3/kv/compaction", ["revision": .number(revision)], isRepeatable: true)
        } catch {
            guard error.code == .gone else { throw error }
        }
    }

    private func listing(of range: [UInt8]) async throws(StoreError) -> StoreListing {
        var listing = StoreListing(entries: [], revision: 0)
        var start = range
        var limit = Self.pageSize
        while true {
            let body: JSONObject = [
                "key": .bytes(start), "range_end": .bytes(EtcdKeys.end(of: range)), "limit": .number(limit),
                "revision": .number(listing.revision),
            ]
            let answer: JSONObject
            do throws(StoreError) {
                answer = try await client.call("/v3/kv/range", body, isRepeatable: true)
            } catch {
                // Too large an answer: documents of 1 MiB.
                guard error.code == .invalid, limit > 1 else { throw error }
                limit = max(1, limit / 8)
                continue
            }
            if listing.revision == 0 {
                listing.revision = try answer.headerRevision()
                let seen = try EtcdHistory(answer.object("header"))
                listing.incarnation = seen.cluster
                // Who lists takes what there is.
                history.withLock { $0 = seen }
            }
            let pairs = try answer.objects("kvs")
            for pair in pairs {
                if let entry = try keys.entry(pair) { listing.entries.append(entry) }
            }
            guard answer.flag("more"), let last = pairs.last else { return listing }
            // The smallest key after the last.
            start = try last.bytes("key") + [0]
        }
    }
}
