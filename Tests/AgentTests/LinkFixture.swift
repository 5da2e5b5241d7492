import ClusterModel
import Logging
import NodeKit
import Pods
import Wire

@testable import Agent

extension LinkContext {
    /// The node `yy2` with a new store in `folder`, whose changes nobody follows.
    static func fresh(
        in folder: TestFolder, gate: TokenGate? = nil,
        decoder: ObjectDecoder = ObjectDecoder(allowPrivileged: false, requirePortalIP: true),
        runtime: FakeRuntime = FakeRuntime(), logger: Logger
    ) throws -> LinkContext {
        let board = StatusBoard()
        let (_, changes) = AsyncStream<StatePatch>.makeStream()
        let store = try DesiredStore.open(
            path: folder.path("desired.log"), hasRunBefore: false, board: board, changes: changes, makeUID: { "made" }
        ).store
        return LinkContext(
            nodeName: "yy2", store: store, board: board, gate: gate, decoder: decoder, maxTransactionBytes: 1_000_000,
            logs: PodLogs(runtime: runtime), started: .now, logger: logger)
    }
}

/// A master's end of a real connection to a real store, with the board in the test's hands: it plays the loops.
struct LinkFixture: Sendable {
    let context: LinkContext
    let server: LineServer
    let runtime: FakeRuntime
    let socket: String
    let port: Int
    var board: StatusBoard { context.board }
    var store: DesiredStore { context.store }

    /// Serves on a socket and a loopback port for as long as `body` runs; the store lives in a fresh folder.
    static func run(
        token: String = "secret", decoder: ObjectDecoder = ObjectDecoder(allowPrivileged: false, requirePortalIP: true),
        door: TLSDoor? = nil,
        _ body: @Sendable (LinkFixture) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        defer { withExtendedLifetime(folder) {} }
        let runtime = FakeRuntime()
        let context = try LinkContext.fresh(
            in: folder, gate: TokenGate(token: Array(token.utf8)), decoder: decoder, runtime: runtime,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let server = LineServer()
        try await server.bind(unixPath: folder.path("s"))
        let port = try await server.bind(host: "127.0.0.1", port: 0, door: door).port ?? 0
        let fixture = LinkFixture(
            context: context, server: server, runtime: runtime, socket: folder.path("s"), port: port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run { await MasterLink(connection: $0, context: context).run() } }
            try await body(fixture)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Speaks `lines` on the local socket and returns what comes back up to the line that contains `last`, the greeting
    /// left out.
    func speak(_ lines: [String], until last: String) async throws -> [String] {
        try await Self.speak(lines, until: last, on: try await LineClient.connect(unixPath: socket))
    }

    /// The same over TCP, where the token is due first.
    func speakTCP(_ lines: [String], until last: String) async throws -> [String] {
        try await Self.speak(lines, until: last, on: try await LineClient.connect(host: "127.0.0.1", port: port))
    }

    private static func speak(_ lines: [String], until last: String, on peer: LineConnection) async throws -> [String] {
        try await peer.sendText(lines.map { $0 + "\n" }.joined())
        var heard: [String] = []
        reading: while let batch = await peer.nextBatch() {
            for case .line(_, let bytes) in batch {
                let line = String(decoding: bytes, as: UTF8.self)
                if line.contains(#""type":"hello""#) || line.contains(#""type":"ready""#) { continue }
                heard.append(line)
                if line.contains(last) { break reading }
            }
        }
        await peer.close()
        return heard
    }

    /// Tells the board that `key` is as wanted, as its loop would.
    func converge(_ key: ObjectKey, _ convergence: Convergence = .applied) async {
        let generation = board.entry(key)?.generation ?? 0
        board.post(key, generation: generation, convergence: convergence, observed: nil)
    }
}
