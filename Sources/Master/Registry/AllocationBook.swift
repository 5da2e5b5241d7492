import ClusterModel
import FoundationEssentials

/// The allocator of one plan with its records in the store. An item is first reserved here, then committed to the store
/// together with its owner; the condition of that commit finds out whether another master was faster.
actor AllocationBook<Plan: AllocationPlan> {
    /// One change of a record, to be committed together with what it is about.
    struct Entry {
        let item: Plan.Item
        let record: AllocationRecord
        let condition: StoreTransaction.Condition
        let change: StoreTransaction.Change
    }

    /// What is given away.
    let plan: Plan
    private let store: any ClusterStore
    private let quarantine: Duration
    private let clock: WallClock
    private var allocator: Allocator<Plan>
    /// The revision of each item's record, where there is one.
    private var versions: [Plan.Item: UInt64] = [:]
    /// Given away, and not yet known to be in the store or not.
    private var reserved: [Plan.Item: ObjectRef] = [:]
    private var isLoaded = false

    init(plan: Plan, store: any ClusterStore, quarantine: Duration, clock: WallClock) {
        self.plan = plan
        allocator = Allocator(plan: plan)
        self.store = store
        self.quarantine = quarantine
        self.clock = clock
    }

    /// Reserves an item for `owner` until `settle` or `cancel`. `asked` is what it wants, `nil` for any. Where nothing is free
    /// the records are read again: another master may have given something back.
    func reserve(_ asked: Plan.Item?, for owner: ObjectRef) async throws(StoreError) -> Result<Entry, AllocationError> {
        try await load()
        var result = allocate(asked, for: owner)
        if case .failure(let error) = result, error.code == .exhausted {
            try await reload()
            result = allocate(asked, for: owner)
        }
        return result
    }

    private func allocate(_ asked: Plan.Item?, for owner: ObjectRef) -> Result<Entry, AllocationError> {
        do {
            let item = try allocator.allocate(asked, for: owner, now: clock.now())
            reserved[item] = owner
            return .success(entry(item, AllocationRecord(owner: owner)))
        } catch {
            return .failure(error)
        }
    }

    /// What gives `item` back, by its record as it is now; `nil` when it is not `owner`'s, or none of the plan's.
    func release(_ item: Plan.Item, of owner: ObjectRef) async throws(StoreError) -> Entry? {
        try await load()
        guard plan.number(item) != nil else { return nil }
        let stored = try await store.get(plan.key(item))
        if reserved[item] == nil { apply(stored, to: item) }
        guard case .held(owner) = allocator.standing(of: item) else { return nil }
        return entry(item, AllocationRecord(owner: owner, released: clock.now()))
    }

    /// What records that `owner` has `item`, whatever the records say now.
    func claim(_ item: Plan.Item, for owner: ObjectRef) async throws(StoreError) -> Entry? {
        try await load()
        guard plan.number(item) != nil else { return nil }
        return entry(item, AllocationRecord(owner: owner))
    }

    /// Notes that the store committed `entry` at `revision`.
    func settle(_ entry: Entry, at revision: UInt64) {
        reserved[entry.item] = nil
        versions[entry.item] = revision
        note(entry.record, of: entry.item)
    }

    /// Notes that `entry` was not committed, or nobody knows: what the store says of the item counts.
    /// - Parameter isOvertaken: whether its record was not what it was taken for: then another master writes records too, and
    ///   all are read again.
    func cancel(_ entry: Entry, isOvertaken: Bool = false) async {
        reserved[entry.item] = nil
        if isOvertaken { isLoaded = false }
        do {
            apply(try await store.get(plan.key(entry.item)), to: entry.item)
        } catch {
            isLoaded = false
        }
    }

    /// Reads all records again: another master may have written them.
    func reload() async throws(StoreError) {
        isLoaded = false
        try await load()
    }

    /// Who holds what.
    func holders() async throws(StoreError) -> [Plan.Item: ObjectRef] {
        try await load()
        return versions.keys.reduce(into: [:]) { holders, item in
            if case .held(let owner) = allocator.standing(of: item) { holders[item] = owner }
        }
    }

    private func load() async throws(StoreError) {
        if isLoaded { return }
        let listing = try await store.list(AllocationRecord.collection, namespace: plan.storeName)
        // Whoever came first while we waited has loaded, and may have reserved since.
        if isLoaded { return }
        allocator = Allocator(plan: plan)
        versions = [:]
        var records: [(item: Plan.Item, record: AllocationRecord)] = []
        for entry in listing.entries {
            guard let item = IPv4Address(entry.key.name).flatMap(plan.item(at:)) else { continue }
            versions[item] = entry.modified
            records.append((item, AllocationRecord(entry)))
        }
        // Quarantines end in the order in which they began.
        let distantPast = Date(timeIntervalSince1970: 0)
        records.sort { $0.record.released ?? distantPast < $1.record.released ?? distantPast }
        for (item, record) in records { note(record, of: item) }
        for (item, owner) in reserved { allocator.hold(item, for: owner) }
        isLoaded = true
    }

    private func apply(_ entry: StoreEntry?, to item: Plan.Item) {
        versions[item] = entry?.modified
        if let entry { note(AllocationRecord(entry), of: item) } else { allocator.free(item) }
    }

    private func note(_ record: AllocationRecord, of item: Plan.Item) {
        guard let released = record.released else { return allocator.hold(item, for: record.owner) }
        // A clock that was set back does not make a quarantine longer.
        let end = min(released, clock.now()) + TimeInterval(quarantine.components.seconds)
        allocator.release(item, formerly: record.owner, until: end)
    }

    private func entry(_ item: Plan.Item, _ record: AllocationRecord) -> Entry {
        let key = plan.key(item)
        let condition: StoreTransaction.Condition =
            if let version = versions[item] { .version(key, version) } else { .absent(key) }
        return Entry(item: item, record: record, condition: condition, change: .put(key, record.document))
    }
}
