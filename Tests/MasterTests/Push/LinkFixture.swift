import ClusterModel
import Machine
import NodeKit
import Synchronization
import Wire

@testable import Master

/// Remembers what was reported.
final class RecordingObserver: MinionObserver {
    private let states = Mutex<[ObjectRef: PodState]>([:])
    private let conditions = Mutex<[MinionCondition]>([])
    private let gone = Mutex<Set<ObjectRef>>([])

    func report(podStates: [ObjectRef: PodState]) async {
        states.withLock { $0.merge(podStates) { $1 } }
    }

    func report(_ condition: MinionCondition, of minion: String) async {
        conditions.withLock { $0.append(condition) }
    }

    func report(gone pod: ObjectRef, from minion: String) async { gone.withLock { _ = $0.insert(pod) } }

    func isGone(_ pod: String) -> Bool { gone.withLock { $0.contains(ObjectRef(.pod, name: pod)) } }
    func state(of pod: String) -> PodState? { states.withLock { $0[ObjectRef(.pod, name: pod)] } }
    /// The newest.
    var standing: MinionCondition.Standing? { conditions.withLock { $0.last?.standing } }
    var standings: [MinionCondition.Standing] { conditions.withLock { $0.map(\.standing) } }
}

/// A link to a fake minion, with what it reads and whom it tells.
struct PushLink: Sendable {
    let catalog: PushCatalog
    let observer = RecordingObserver()
    let log = RecordingLog()
    let link: MinionLink
    /// What the store says its revision is; 0 for an earlier state than any minion knows.
    let storeRevision = Revision()
    /// The highest term that was to be outranked.
    let outranked = Revision()

    /// A number that is told.
    final class Revision: Sendable {
        private let number = Mutex(UInt64(0))
        var value: UInt64 {
            get { number.withLock { $0 } }
            set { number.withLock { $0 = newValue } }
        }
    }

    init(
        port: Int, settings: PushSettings = PushLink.settings, time: MonotonicTime = MonotonicTime(ContinuousClock()),
        term: UInt64 = 1
    ) {
        catalog = PushCatalog(settings: settings)
        let context = PushContext(
            catalog: catalog, observer: observer, settings: settings, master: "a", term: term,
            dial: { address, limits throws(WireError) in
                try await LineClient.connect(host: address.host, port: address.port, limits: limits)
            },
            storeRevision: { [storeRevision] () async throws(StoreError) in storeRevision.value },
            outrank: { [outranked] in outranked.value = $0 }, time: time, chance: { 0 }, logger: log.logger)
        link = MinionLink(
            minion: "m1", address: MinionAddress(minion: "m1", host: "127.0.0.1", port: port), context: context)
    }

    /// Tries anew without much waiting.
    static var settings: PushSettings {
        var settings = PushSettings(token: "secret")
        settings.firstRetry = .milliseconds(2)
        settings.lastRetry = .milliseconds(2)
        return settings
    }

    /// Runs the link as long as `body`.
    func run(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await link.run() }
            do {
                try await body()
            } catch {
                link.stop()
                throw error
            }
            link.stop()
            try await group.waitForAll()
        }
    }

    /// Changes the catalog and says so.
    func put(_ objects: APIObject...) {
        _ = catalog.apply(objects.map { .put($0) }, revision: objects.map(\.meta.resourceVersion).max() ?? 0)
        link.ring()
    }

    /// Removes from the catalog and says so.
    func remove(_ object: APIObject, at revision: UInt64) {
        _ = catalog.apply([.removed(last: object, revision: revision)], revision: revision)
        link.ring()
    }

    func phase(_ key: ObjectKey) -> PushStanding.Phase? { link.standing(of: key)?.phase }
}
