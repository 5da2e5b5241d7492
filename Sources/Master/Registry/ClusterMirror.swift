public import ClusterModel
public import Logging
public import Machine

/// The cluster in memory: every object of the store, what the minions say of their pods, and how the minions are.
/// Controllers, the pusher and answers read it; `Registry` writes to the store, never here.
///
/// It lags behind the store by as long as the store's watch takes; revisions say by how much.
public actor ClusterMirror {
    /// The wait before the store is asked again after it failed: doubled from the first to the last.
    static let firstRetry = Duration.milliseconds(100)
    static let lastRetry = Duration.seconds(5)

    let store: any ClusterStore
    let decoder = DocumentDecoder()
    private let time: MonotonicTime
    let logger: Logger
    var contents = MirrorContents()
    private var feeds: [ClusterFeed] = []
    /// What follows the store's watch; cancelled to list anew.
    private var following: Task<Void, any Error>?
    private var isRenewing = false
    private var lastListener: UInt64 = 0
    /// Who waits for the next listing.
    private var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]

    /// A mirror of `store`, empty until `run`.
    public init(store: any ClusterStore, time: MonotonicTime, logger: Logger) {
        self.store = store
        self.time = time
        self.logger = logger
    }

    /// Lists every collection, then follows the store, until the task is cancelled. Lists again when changes were missed; what
    /// differs is told as changes. While the store cannot be reached the mirror stays as it was. When the store was put back to
    /// an earlier state, or is another one, everything begins anew: all feeds end, and what minions said is forgotten.
    public func run() async {
        var delay = Self.firstRetry
        while !Task.isCancelled {
            do {
                if contents.isStale { try await load() }
                let events = try await watch()
                delay = Self.firstRetry
                try await follow(events)
            } catch {
                if Task.isCancelled { break }
                // Ended to list anew; what fails then is waited out as ever.
                if isRenewing {
                    isRenewing = false
                    continue
                }
                logger.warning("the store cannot be followed: \(error); trying again in \(delay)")
                do { try await time.sleep(delay) } catch { break }
                delay = min(delay * 2, Self.lastRetry)
            }
        }
        endFeeds()
        for listener in listeners.values { listener.finish() }
        listeners = [:]
    }

    func endFeeds() {
        for feed in feeds { feed.close() }
        feeds = []
    }

    /// Waits until everything is known that the store held when this was called, and lists it anew if need be. Done by a master
    /// that begins to lead: what its mirror has not seen yet, the leader before it has pushed.
    /// - Returns: `false` when the calling task is cancelled, or the mirror has ended.
    public func catchUp() async -> Bool {
        let (listings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        lastListener += 1
        let id = lastListener
        listeners[id] = continuation
        defer { listeners[id] = nil }
        var target = UInt64.max
        var listing = listings.makeAsyncIterator()
        while let newest = await storeRevision() {
            // Less than before: the store was put back meanwhile.
            target = min(target, newest)
            if contents.isSynced, !contents.isStale, contents.resumption >= target { return true }
            contents.isStale = true
            isRenewing = true
            following?.cancel()
            if await listing.next() == nil { break }
        }
        return false
    }

    /// The store's revision, as soon as it can be had; `nil` when the task is cancelled.
    private func storeRevision() async -> UInt64? {
        while !Task.isCancelled {
            do throws(StoreError) {
                return try await store.revision()
            } catch {
                logger.warning("the store does not say its revision: \(error); trying again in \(Self.firstRetry)")
            }
            do { try await time.sleep(Self.firstRetry) } catch { break }
        }
        return nil
    }

    /// The store's own revision, not what was seen of it.
    /// - Throws: what the store throws.
    public func askRevision() async throws(StoreError) -> UInt64 { try await store.revision() }

    /// A feed of all changes. It begins with everything there is and, once the store was read, `synced`.
    public func subscribe() -> ClusterFeed {
        let feed = ClusterFeed(contents.everything, revision: contents.revision)
        feeds.append(feed)
        return feed
    }

    /// Whether the store was read once.
    public var isSynced: Bool { contents.isSynced }

    /// The newest revision that was seen.
    public var revision: UInt64 { contents.revision }

    /// The object as it is stored, minions with their pod net; `nil` where there is none.
    public func object(_ ref: ObjectRef) -> APIObject? { contents.objects[ref.kind]?[ref] }

    /// The objects of a kind as they are stored, in no order; `namespace` is `nil` for all.
    public func objects(_ kind: APIKind, namespace: String? = nil) -> [APIObject] {
        let all = contents.objects[kind, default: [:]].values
        guard let namespace, kind.isNamespaced else { return Array(all) }
        return all.filter { $0.meta.namespace == namespace }
    }

    /// How many objects of a kind are stored.
    public func count(_ kind: APIKind) -> Int { contents.objects[kind]?.count ?? 0 }

    /// What the minions say of each pod that any of them spoke of.
    public var podStates: [ObjectRef: PodState] { contents.podStates }

    /// How each minion is that was ever heard of.
    public var minionConditions: [String: MinionCondition] { contents.conditions }

    /// Notes what minions say of their pods. What is said of a pod that is not there is forgotten.
    public func report(podStates: [ObjectRef: PodState]) {
        publish(podStates.sorted { $0.key < $1.key }.compactMap { contents.note($0.value, of: $0.key) })
    }

    /// Notes that a minion has nothing left of a pod.
    public func report(gone pod: ObjectRef, from minion: String) { publish([.podGone(pod, minion: minion)]) }

    /// Notes how the minion of that name is.
    public func report(_ condition: MinionCondition, of minion: String) {
        if let change = contents.note(condition, of: minion) { publish([change]) }
    }

    /// Forgets what minions said. Done by a master that no longer leads: what it heard then says nothing when it leads again.
    public func forgetReports() { contents.forgetReports() }

    /// Documents that cannot be read, with why.
    public var damagedDocuments: [ObjectRef: StoreError] { contents.damaged }

    /// The objects of a listing with their current state, without those a list leaves out and those that cannot be read. What
    /// is known in the listed version is not decoded again.
    func shown(_ entries: [StoreEntry]) -> [APIObject] {
        var objects: [APIObject] = []
        objects.reserveCapacity(entries.count)
        for entry in entries {
            let known = ObjectRef(entry.key).flatMap(object)
            let object: APIObject
            if let known, known.meta.resourceVersion == entry.modified {
                object = known
            } else {
                // One damaged document takes no list from anybody; the journal, /validate and /metrics tell of it.
                do throws(StoreError) { object = try decoder.object(entry) } catch { continue }
            }
            if contents.isListed(object) { objects.append(object) }
        }
        let counts = contents.replicaCounts(of: objects)
        return objects.map { contents.shown($0, counts: counts) }
    }

    /// The object with its current state.
    func shown(_ object: APIObject) -> APIObject { contents.shown(object) }

    private func load() async throws(StoreError) {
        if contents.isSynced { try await listAnew() } else { try await listFirst() }
        isRenewing = false
        for listener in listeners.values { listener.yield() }
    }

    private func watch() async throws(StoreError) -> AsyncThrowingStream<StoreEvent, any Error> {
        let collections = Set(APIKind.allCases.map { Resource($0).rawValue })
        do throws(StoreError) {
            let events = try await store.watch(collections, after: contents.resumption)
            guard try await store.revision() >= contents.revision else {
                throw StoreError(.gone, "the store has not come to revision \(contents.revision), which was seen")
            }
            return events
        } catch {
            contents.isStale = contents.isStale || error.code == .gone
            throw error
        }
    }

    /// Returns only by throwing, `CancellationError` included.
    private func follow(_ events: AsyncThrowingStream<StoreEvent, any Error>) async throws {
        do {
            try Task.checkCancellation()
            // Somebody may have asked for a listing while the watch was opened.
            if contents.isStale { throw StoreError(.gone, "to be listed anew") }
            let task = Task {
                for try await event in events { publish(contents.apply(event, decoder: decoder)) }
            }
            following = task
            defer { following = nil }
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch let error as StoreError where error.code == .gone {
            contents.isStale = true
            throw error
        }
        try Task.checkCancellation()
        throw StoreError(.unavailable, "the watch ended")
    }

    func publish(_ changes: [ClusterChange]) {
        for damage in contents.newlyDamaged { logger.error("left out: \(damage)") }
        contents.newlyDamaged = []
        feeds.removeAll { $0.isClosed }
        for feed in feeds { feed.add(changes, revision: contents.revision) }
    }
}
