import ClusterModel
import Logging
import Machine
import Synchronization
import Wire

/// One connection's conversation (PROTOCOL "Session"): it authenticates, its requests are handled in order, and what is
/// answered later – second acks and watches – is sent by a task of its own.
final class MasterLink: Sendable {
    /// Lines taken from the connection at once; the writes among them share one disk write.
    static let batchLimit = 1_024
    /// The end of the answer to somebody who speaks HTTP.
    static let httpElsewhere = "The API server of the cluster's master speaks HTTP, by default on its port 8080."
    /// Watches one connection may have open.
    static let watchLimit = 16

    let connection: LineConnection
    let context: LinkContext
    let outbox = Outbox()
    let acks = Mutex(AckBook())
    let watches = Mutex<[RequestID?: Set<ObservedKind>]>([:])
    let logReaders = LogReaders()
    private let hasInputEnded = Mutex(false)

    init(connection: LineConnection, context: LinkContext) {
        self.connection = connection
        self.context = context
    }

    /// Speaks until the peer ends the connection or the conversation is over; the server closes it then. Never throws:
    /// a broken peer is no fault of the agent.
    func run() async {
        let logger = context.logger
        do {
            guard try await authenticate() else { return }
        } catch {
            logger.debug("connection from \(connection.peer) ended before it was ready: \(error)")
            return
        }
        logger.info(
            "connection from \(connection.peer)", metadata: ["event": "\(JournalEvent.masterConnected)"])
        let subscription = context.board.subscribe { [outbox] key in
            if let key { outbox.mark([key]) } else { outbox.markNode() }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sendLoop() }
            await self.receiveLoop()
            // A peer may finish sending and still wait for what it asked (`printf … | nc -N`).
            self.hasInputEnded.withLock { $0 = true }
            self.outbox.markNode()
            group.addTask { await self.connection.waitUntilClosed() }
            await group.next()
            self.outbox.close()
            group.cancelAll()
        }
        await logReaders.close()
        context.board.unsubscribe(subscription)
        logger.debug("connection from \(connection.peer) ended")
    }

    /// Says hello, checks the token where one is needed, says ready.
    /// - Returns: whether the peer may go on.
    private func authenticate() async throws -> Bool {
        switch connection.peer {
        case .local(let uid, _):
            try await connection.send([.hello(Hello(auth: []))])
            if uid != 0 {
                let fault = WireFault(.unauthorized, "the local socket is for root, you are uid \(uid)")
                try await connection.send([.error(fault)])
                return false
            }
        case .tcp(let address, _) where connection.isSecure:
            try await connection.send([.hello(Hello(auth: []))])
            if let words = Self.complaint(about: connection.identity) {
                try await refuse(WireFault(.unauthorized, words), address)
                return false
            }
        case .tcp(let address, _):
            guard let gate = context.gate, !gate.isBarred(address, now: .now) else {
                let fault = WireFault(.tooManyRequests, "too many wrong tokens from \(address); try again in a minute")
                try await connection.send([.error(fault)])
                return false
            }
            try await connection.send([.hello(Hello(auth: [Hello.token]))])
            guard try await readToken(gate, address) else { return false }
        }
        connection.trust()
        try await connection.send([.ready(await ready())])
        return true
    }

    /// Why somebody with this identity may not speak here; `nil` when he may.
    static func complaint(about identity: ClusterIdentity?) -> String? {
        switch identity?.role {
        case .master, .client: nil
        case .node: "the certificate is of \(identity.map { "\($0)" } ?? "a node"), which is no master"
        case nil: "the certificate names no master"
        }
    }

    private func readToken(_ gate: TokenGate, _ address: String) async throws -> Bool {
        let patience = Task { [connection] in
            try await Task.sleep(for: TokenGate.patience)
            connection.abort()
        }
        defer { patience.cancel() }
        var tries = 0
        while tries < TokenGate.triesPerConnection, let line = await connection.nextBatch(limit: 1)?.first {
            switch line {
            case .http:
                try await connection.sendText(HTTPRefusal.response(elsewhere: Self.httpElsewhere))
                return false
            case .fault(let fault):
                _ = gate.admits(nil, from: address, now: .now)
                try await refuse(fault, address)
            case .line(let number, let bytes):
                do {
                    let request = try Request.parse(line: bytes, number: number)
                    var token: String?
                    if case .auth(let given) = request.operation { token = given }
                    if gate.admits(token, from: address, now: .now) { return true }
                    let words = token == nil ? "authenticate first: {\"op\":\"auth\",\"token\":\"…\"}" : "wrong token"
                    try await refuse(WireFault(.unauthorized, words, id: request.id, line: number), address)
                } catch let fault as WireFault {
                    _ = gate.admits(nil, from: address, now: .now)
                    try await refuse(fault, address)
                }
            }
            tries += 1
        }
        return false
    }

    private func refuse(_ fault: WireFault, _ address: String) async throws {
        try await connection.send([.error(fault)])
        context.logger.warning(
            "refused \(address): \(fault.message)", metadata: ["event": "\(JournalEvent.masterRefused)"])
    }

    private func ready() async -> Ready {
        let state = await context.store.standing()
        return Ready(
            node: context.nodeName, agent: AgentVersion.program, term: state.leadership?.term ?? 0,
            applied: Dictionary(uniqueKeysWithValues: state.versions.map { ($0.key.rawValue, $0.value) }),
            kinds: ObjectKind.allCases.map(\.rawValue))
    }

    private func receiveLoop() async {
        var reader = LinkReader(link: self)
        while let batch = await connection.nextBatch(limit: Self.batchLimit) {
            let isOpen = await reader.handle(batch)
            if !isOpen { return }
        }
    }

    private func sendLoop() async {
        while let load = await outbox.take() {
            var replies = load.replies
            var settled: [Reply] = []
            for key in load.changed {
                let entry = context.board.entry(key)
                settled += acks.withLock { $0.observe(key, entry, now: .now) }
                replies += statuses(of: key, entry)
            }
            settled += acks.withLock { $0.takeFailures() }
            if load.nodeChanged { replies += nodeNews() }
            // A second ack may be of a request whose `received` was queued after the load was taken: that goes first.
            replies += load.closing + outbox.takeReplies() + settled
            do {
                if !replies.isEmpty { try await connection.send(replies) }
                if isFinished { return }
            } catch {
                // The peer is gone or reads nothing: whoever still reads from it is to end too.
                outbox.close()
                connection.abort()
                return
            }
        }
    }

    /// Whether nothing more is asked, owed, watched, read or yet to be sent. The end of input comes first: what is
    /// asked before it is answered into the outbox before it.
    private var isFinished: Bool {
        hasInputEnded.withLock { $0 } && acks.withLock { $0.count } == 0 && watches.withLock { $0.isEmpty }
            && logReaders.isEmpty && outbox.isEmpty
    }

    private func statuses(of key: ObjectKey, _ entry: BoardEntry?) -> [Reply] {
        let kind = ObservedKind(key.kind)
        let watching = watches.withLock { watches in watches.filter { $0.value.contains(kind) }.map(\.key) }
        if watching.isEmpty { return [] }
        let object = BoardViews.object(key, entry)
        return watching.map { .status(id: $0, kind: kind, object: object, removed: entry == nil) }
    }

    private func nodeNews() -> [Reply] {
        let watching = watches.withLock { watches in watches.filter { $0.value.contains(.node) }.map(\.key) }
        return watching.map { .status(id: $0, kind: .node, object: context.node.object) }
    }
}

extension ObservedKind {
    init(_ kind: ObjectKind) {
        switch kind {
        case .pod: self = .pod
        case .service: self = .service
        case .endpoints: self = .endpoints
        case .minion: self = .minion
        }
    }

    /// The kind of object it observes; `nil` for the node itself.
    var objectKind: ObjectKind? {
        switch self {
        case .pod: .pod
        case .service: .service
        case .endpoints: .endpoints
        case .minion: .minion
        case .node: nil
        }
    }
}
