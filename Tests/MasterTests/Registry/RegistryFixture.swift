import ClusterModel
import FoundationEssentials
import Logging
import Machine
import MasterKit
import NodeKit
import Synchronization
import Testing
import Wire

@testable import Master

/// A registry over a store in memory with a mirror that follows it, a portal net of 6 addresses and a clock to be set.
final class RegistryFixture: Sendable {
    let store: MemoryStore
    let mirror: ClusterMirror
    let registry: Registry
    let clock: SettableClock
    let mirrorClock = ManualClock()
    private let running: Task<Void, Never>

    init(
        store: MemoryStore = MemoryStore(), portalNet: String = "10.11.0.0/16", clock: SettableClock = SettableClock()
    ) throws {
        self.store = store
        self.clock = clock
        let mirror = ClusterMirror(
            store: store, time: MonotonicTime(mirrorClock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.mirror = mirror
        let settings = Registry.Settings(
            allowPrivileged: false, portalNet: try #require(IPv4Network(portalNet)),
            podNet: IPv4Network("10.244.0.0/16"))
        registry = Registry(store: store, mirror: mirror, settings: settings, clock: clock.wall)
        running = Task { await mirror.run() }
    }

    deinit { running.cancel() }

    /// Makes an object of a text; returns it as the answer shows it.
    @discardableResult
    func create(_ resource: Resource, _ text: String, namespace: String = "default") async throws -> APIObject {
        let body = try JSONText.parse(Array(text.utf8))
        guard case .object(let object) = try await registry.create(resource, namespace: namespace, body) else {
            throw NotAnObject()
        }
        return object
    }

    /// Makes a service; returns its portal IP.
    @discardableResult
    func createService(_ name: String, asking portalIP: String = "", namespace: String = "default") async throws
        -> String
    {
        let text = #"{"id":"\#(name)","port":80,"selector":{"name":"x"},"portalIP":"\#(portalIP)"}"#
        guard case .service(let service) = try await create(.services, text, namespace: namespace) else {
            throw NotAnObject()
        }
        return service.portalIP
    }

    /// Replaces an object by a text.
    func update(
        _ resource: Resource, _ name: String, _ text: String, namespace: String = "default"
    ) async throws -> APIObject {
        let body = try JSONText.parse(Array(text.utf8))
        return try await registry.update(resource, namespace: namespace, name: name, body)
    }

    /// The names a list shows.
    func names(
        _ resource: Resource, namespace: String? = nil, labels: String = "", fields: String = ""
    ) async throws -> [String] {
        try await registry.list(
            resource, namespace: namespace, labels: try Selector(parsing: labels), fields: try Selector(parsing: fields)
        ).items.map(\.meta.name)
    }

    /// Waits until the mirror has seen the newest change.
    func settled() async throws {
        let newest = try await store.revision()
        try await eventually("the mirror follows") {
            let seen = await mirror.revision
            return await mirror.isSynced && seen >= newest
        }
    }

    struct NotAnObject: Error {}
}

/// A time of day that stands until it is set.
final class SettableClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_413_883_800))

    var wall: WallClock { WallClock { self.time.withLock { $0 } } }

    func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

/// The status a call fails with.
func failure(
    _ what: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws -> APIStatus {
    let error = await #expect(throws: APIFailure.self, what, sourceLocation: sourceLocation) { try await body() }
    return try #require(error, sourceLocation: sourceLocation).status
}

/// `put Service default/web`, one per change.
func words(_ changes: [ClusterChange]?) -> [String] {
    (changes ?? []).map { change in
        switch change {
        case .put(let object): "put \(object.ref)"
        case .removed(let last, _): "removed \(last.ref)"
        case .podStatus(let ref, let state): "\(ref) \(state.status?.rawValue ?? "")"
        case .minionCondition(let name, let condition): "\(name) \(condition.standing)"
        case .podGone(let ref, let minion): "\(ref) gone from \(minion)"
        case .damaged(let kind, let count): "\(count) damaged \(kind.rawValue)"
        case .synced: "synced"
        }
    }
}
