import ClusterModel

/// `LeaderLease` by etcd's leases (etcd.io/docs/v3.4/learning/api, "Lease API").
struct EtcdLease: LeaderLease {
    /// How long one endpoint may take: with several, there is time for a second one before a lease ends.
    static let attemptLimit: Duration = .seconds(2)

    private let client: EtcdClient
    private let key: JSONValue
    private let termKey: JSONValue

    init(_ store: EtcdStore) {
        client = store.client
        key = .bytes(store.keys.leader)
        termKey = .bytes(store.keys.term)
    }

    func holder() async throws(StoreError) -> Candidate? {
        guard let pair = try await pair() else { return nil }
        return Candidate(try pair.bytes("value"))
    }

    func grant(seconds: Int) async throws(StoreError) -> LeaseID {
        let answer = try await call("/v3/lease/grant", ["TTL": .number(UInt64(seconds))])
        let number = try answer.number("ID")
        guard number != 0 else { throw StoreError(.damaged, "etcd granted a lease without a number") }
        return LeaseID(number: number)
    }

    func claim(_ lease: LeaseID, as candidate: Candidate) async throws(StoreError) -> LeaderClaim {
        let put: JSONValue = ["key": key, "value": .bytes(candidate.value), "lease": .number(lease.number)]
        let answer = try await call(
            "/v3/kv/txn",
            [
                "compare": [["key": key, "target": "CREATE", "create_revision": "0"]],
                "success": [["request_put": put], ["request_range": ["key": termKey]]],
                "failure": [["request_range": ["key": key]]],
            ])
        let found = try answer.objects("responses").last?.object("response_range").objects("kvs").first
        if answer.flag("succeeded") {
            let fence = LeadFence(created: try answer.headerRevision())
            let highest = try found.map { pair throws(StoreError) in try Self.term(pair) } ?? 0
            if highest < fence.created { return .won(term: fence.created, fence: fence) }
            guard let term = try await raise(above: highest, fence: fence) else { return .lost(to: nil) }
            return .won(term: term, fence: fence)
        }
        return .lost(to: try found.map { pair throws(StoreError) in Candidate(try pair.bytes("value")) })
    }

    func raise(above term: UInt64, fence: LeadFence) async throws(StoreError) -> UInt64? {
        let put: JSONValue = ["key": termKey, "value": .bytes(Array("\(term + 1)".utf8))]
        let answer = try await call(
            "/v3/kv/txn", ["compare": [EtcdStore.compare(fence, key)], "success": [["request_put": put]]])
        return answer.flag("succeeded") ? term + 1 : nil
    }

    func renew(_ lease: LeaseID, fence: LeadFence) async throws(StoreError) -> Bool {
        let answer = try await call("/v3/lease/keepalive", ["ID": .number(lease.number)])
        // A lease that has ended has no time left.
        guard try answer.object("result").number("TTL") > 0, let pair = try await pair() else { return false }
        // Somebody may have removed the key by hand, and another have made it since.
        return try pair.number("create_revision") == fence.created
    }

    func release(_ lease: LeaseID) async throws(StoreError) {
        do throws(StoreError) {
            _ = try await call("/v3/lease/revoke", ["ID": .number(lease.number)])
        } catch {
            guard !error.message.contains("lease not found") else { return }
            throw error
        }
    }

    /// Any term that a leader may have noted, and not only up to `Lead.termLimit`: each later one is one higher.
    private static func term(_ pair: JSONObject) throws(StoreError) -> UInt64 {
        let text = String(decoding: try pair.bytes("value"), as: UTF8.self)
        guard let term = UInt64(text), term <= Lead.highestTerm else {
            throw StoreError(.damaged, "etcd: the term '\(text.prefix(40))' is no number up to 2^53")
        }
        return term
    }

    private func pair() async throws(StoreError) -> JSONObject? {
        try await call("/v3/kv/range", ["key": key]).objects("kvs").first
    }

    /// All but transactions may be sent twice: a second grant is a lease that ends unused. A second claim would lose to the
    /// first.
    private func call(_ path: String, _ body: JSONObject) async throws(StoreError) -> JSONObject {
        try await client.call(path, body, isRepeatable: path != "/v3/kv/txn", limit: Self.attemptLimit)
    }
}
