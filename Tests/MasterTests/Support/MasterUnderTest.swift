import AsyncHTTPClient
import ClusterModel
import Logging
import Machine
import MasterKit
import NIOCore
import NIOHTTP1
import NodeKit
import ServiceLifecycle
import Settings
import Wire

@testable import Master

/// A whole master – SQLite, mirror, registry, API – on a free loopback port, as long as `body` runs.
struct MasterUnderTest: Sendable {
    /// An answer of the API.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: String
    }

    /// No answer of a test is larger.
    static let bodyLimit = 4_194_304
    /// A test that waits this long has failed.
    static let deadline: TimeAmount = .seconds(30)

    let parts: MasterParts
    let client: HTTPClient
    let url: String
    private let group: ServiceGroup

    /// Runs a master with the settings of `flags` and stops it after `body`. It asks minions through `minions`, or else through
    /// a pusher that does not run.
    static func run(
        _ flags: [String: String] = [:], minions: (any MinionAccess)? = nil,
        _ body: @Sendable (MasterUnderTest) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        let store = try SQLiteStore(folder: folder.path)
        try await HTTPClient.withHTTPClient(configuration: MasterNode.clientConfiguration) { client in
            try await run(flags, minions: minions, on: store, client, body)
        }
        try store.close()
        withExtendedLifetime(folder) {}
    }

    /// Runs `body` with a client as a master has one.
    static func withClient(_ body: (HTTPClient) async throws -> Void) async throws {
        try await HTTPClient.withHTTPClient(configuration: MasterNode.clientConfiguration) { client in
            try await body(client)
        }
    }

    /// Runs a master on `store`.
    /// - Parameters:
    ///   - minions: what minions are asked through, if not a pusher that does not run.
    ///   - bounds: what requests may cost.
    ///   - identity: its certificates, where it has an authority; then it serves the secure port too.
    ///   - leader: where what only a leader can answer is answered.
    ///   - beside: what runs beside the API.
    static func run(
        _ flags: [String: String], minions: (any MinionAccess)? = nil, on store: any ClusterStore, _ client: HTTPClient,
        bounds: RESTBounds = RESTBounds(), identity: MasterIdentity? = nil,
        leader: @escaping @Sendable () -> LeaderPlace = { .here },
        beside: (MasterParts) throws -> [any ServiceLifecycle.Service] = { _ in [] },
        _ body: @Sendable (MasterUnderTest) async throws -> Void
    ) async throws {
        var parts = MasterParts(
            config: try config(flags), store: store, client: client, identity: identity,
            time: MonotonicTime(ContinuousClock()),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, leader: leader)
        parts.bounds = bounds
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let group = ServiceGroup(
            services: parts.services(controllers: try beside(parts), minions: try minions ?? parts.pusher()) {
                listening.yield($0)
            },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { listening.finish() }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            if let port = await iterator.next() {
                let master = MasterUnderTest(
                    parts: parts, client: client, url: "http://127.0.0.1:\(port)", group: group)
                try await body(master)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Ends the master as SIGTERM does.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Asks and gives back the whole answer.
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await client.ask(method, url + path, body)
    }

    /// The first `count` lines of a stream, or all if it ends before.
    func lines(_ path: String, count: Int) async throws -> [String] {
        let response = try await client.execute(
            HTTPClient.request("GET", url + path, nil), deadline: .now() + Self.deadline)
        var lines: [String] = []
        var rest = ""
        for try await part in response.body {
            rest += String(buffer: part)
            while let end = rest.firstIndex(of: "\n") {
                lines.append(String(rest[..<end]))
                rest = String(rest[rest.index(after: end)...])
                if lines.count == count { return lines }
            }
        }
        return lines
    }

    /// The configuration that `flags` make, on any free port unless they say one.
    static func config(_ flags: [String: String]) throws -> MasterConfig {
        var loader = ConfigLoader(.master)
        for (key, value) in flags.merging(["port": "0"], uniquingKeysWith: { given, _ in given }) {
            if let setting = SettingTable.master.named(key) { loader.take(flag: setting, value: value) }
        }
        return try MasterConfig(loader.effective())
    }
}

extension HTTPClient {
    /// Asks and gives back the whole answer.
    func ask(_ method: String, _ url: String, _ body: String?) async throws -> MasterUnderTest.Answer {
        let response = try await execute(
            Self.request(method, url, body), deadline: .now() + MasterUnderTest.deadline)
        let bytes = try await response.body.collect(upTo: MasterUnderTest.bodyLimit)
        return MasterUnderTest.Answer(
            status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    fileprivate static func request(_ method: String, _ url: String, _ body: String?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return request
    }
}
