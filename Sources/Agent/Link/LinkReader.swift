import ClusterModel
import Logging
import Machine
import Synchronization
import Wire

/// Handles one connection's requests in order. Writes that arrive together are stored together: one disk write per batch.
struct LinkReader {
    let link: MasterLink
    private var intake: WriteIntake
    private var fence: Fence
    private var waiting: [WriteIntake.Ready] = []

    init(link: MasterLink) {
        self.link = link
        intake = WriteIntake(decoder: link.context.decoder, maxTransactionBytes: link.context.maxTransactionBytes)
        if case .local = link.connection.peer { fence = .exempt } else { fence = .none }
    }

    /// Handles lines in order and queues the replies.
    /// - Returns: `false` when the connection is to end.
    mutating func handle(_ batch: [DecodedLine]) async -> Bool {
        for line in batch {
            switch line {
            case .http:
                // Only a first line can look like HTTP, and on the local socket there is no token line before it.
                await store()
                await link.outbox.push([.error(WireFault(.badRequest, "this socket speaks one JSON object per line"))])
                return false
            case .fault(let fault):
                await refuse(fault, isUnread: true)
            case .line(let number, let bytes):
                let request: Request
                do throws(WireFault) {
                    request = try Request.parse(line: bytes, number: number)
                } catch {
                    // What is refused by its name is known not to be a set.
                    await refuse(error, isUnread: error.reason != .notImplemented)
                    continue
                }
                do throws(WireFault) {
                    try await handle(request, byteCount: bytes.count)
                } catch {
                    await refuse(error, isUnread: false)
                }
            }
        }
        await store()
        return true
    }

    private mutating func refuse(_ fault: WireFault, isUnread: Bool) async {
        await store()
        if let line = fault.line { intake.noteRefusal(line: line, isUnread: isUnread) }
        await link.outbox.push([.error(fault)])
        link.context.logger.notice(
            "refused a line of \(link.connection.peer): \(fault.message)",
            metadata: ["event": "\(JournalEvent.objectRefused)", "line": "\(fault.line ?? 0)"])
    }

    private mutating func handle(_ request: Request, byteCount: Int) async throws(WireFault) {
        switch request.operation {
        case .apply, .remove, .set, .begin, .commit:
            switch try intake.take(request, byteCount: byteCount) {
            case .held: break
            case .ready(let ready): waiting.append(ready)
            }
            return
        default: break
        }
        await store()
        switch request.operation {
        case .auth: throw WireFault(.badRequest, "already authenticated", id: request.id, line: request.line)
        case .lead(let master, let term): try await lead(request, master: master, term: term)
        case .get(let query): try await get(request, query)
        case .watch(let kinds): try watch(request, kinds)
        case .logs(let query): try logs(request, query)
        case .cancel(let id): await cancel(request, id)
        case .health: await link.outbox.push([.health(id: request.id, link.context.health)])
        case .ping: await link.outbox.push([.pong(id: request.id)])
        case .apply, .remove, .set, .begin, .commit: break
        }
    }

    /// Stores what waits and queues the `received` acks, in request order.
    private mutating func store() async {
        if waiting.isEmpty { return }
        let requests = waiting
        waiting = []
        let groups = requests.map { WriteGroup(writes: $0.writes, fence: fence) }
        let results = await link.context.store.commit(groups, source: .master)
        var replies: [Reply] = []
        var debts: [(request: WriteIntake.Ready, awaited: [ObjectKey: UInt64], isStale: Bool)] = []
        for (request, result) in zip(requests, results) {
            switch result {
            case .failure(let refusal):
                replies.append(.error(WireFault(refusal, id: request.id, line: request.line)))
            case .success(let outcomes):
                let awaited = outcomes.reduce(into: [:]) { $0.merge($1.awaited) { max($0, $1) } }
                let isStale = outcomes.contains(where: \.isStale)
                replies += received(request, awaited, isStale: isStale)
                debts.append((request, awaited, isStale))
            }
        }
        // `received` is queued before anything is owed, so `applied` cannot overtake it.
        await link.outbox.push(replies)
        for debt in debts { await owe(debt.request, debt.awaited, isStale: debt.isStale) }
        // What is applied already, a repeated apply for example, is acked from the board at once.
        link.outbox.mark(debts.flatMap { Array($0.awaited.keys) })
    }

    private func owe(_ request: WriteIntake.Ready, _ awaited: [ObjectKey: UInt64], isStale: Bool) async {
        guard let id = request.id, !awaited.isEmpty else { return }
        // The removal of what is on its way out already changes nothing, so it waits for the removal before it.
        var awaited = awaited
        for (key, generation) in awaited {
            if let entry = link.context.board.entry(key) { awaited[key] = min(generation, entry.generation) }
        }
        let dropped = link.acks.withLock { book in
            book.owe(id, awaited: awaited, resourceVersion: request.resourceVersion, isStale: isStale, now: .now)
        }
        if let dropped { await link.outbox.push([dropped]) }
    }

    private func received(
        _ request: WriteIntake.Ready, _ awaited: [ObjectKey: UInt64], isStale: Bool
    ) -> [Reply] {
        guard let id = request.id else { return [] }
        let ack = Ack(
            id: id, phase: .received, resourceVersion: request.resourceVersion, stale: isStale,
            warnings: request.warnings)
        guard awaited.isEmpty else { return [.ack(ack)] }
        return [.ack(ack), AckBook.nothingToDo(id, resourceVersion: request.resourceVersion, isStale: isStale)]
    }

    private mutating func lead(_ request: Request, master: String, term: UInt64) async throws(WireFault) {
        do throws(StoreRefusal) {
            try await link.context.store.lead(Leadership(master: master, term: term))
        } catch {
            throw WireFault(error, id: request.id, line: request.line)
        }
        if fence != .exempt { fence = .term(master: master, term: term) }
        guard let id = request.id else { return }
        await link.outbox.push([.ack(Ack(id: id, phase: .received)), .ack(Ack(id: id, phase: .applied(took: .zero)))])
    }

    private func get(_ request: Request, _ query: ObjectQuery) async throws(WireFault) {
        guard let kind = query.kind.objectKind else {
            let node = link.context.node
            let isAsked = query.name == nil || query.name == node.name
            await link.outbox.push([.result(id: request.id, kind: .node, items: isAsked ? [node.object] : [])])
            return
        }
        let selector = try selector(request, query)
        let found = link.context.board.entries(kind).filter { key, entry in
            (query.name == nil || key.name == query.name)
                && (query.namespace == nil || key.namespace == query.namespace)
                && (selector?.matches(entry.wanted?.object.labels ?? [:]) ?? true)
        }
        let items = found.map { BoardViews.object($0.key, $0.entry) }
        await link.outbox.push([.result(id: request.id, kind: query.kind, items: items)])
    }

    private func selector(_ request: Request, _ query: ObjectQuery) throws(WireFault) -> Selector? {
        guard let text = query.selector else { return nil }
        do {
            return try Selector(parsing: text)
        } catch {
            throw WireFault(.badRequest, "selector: \(error)", id: request.id, line: request.line)
        }
    }

    private func watch(_ request: Request, _ kinds: [ObservedKind]) throws(WireFault) {
        let (isOpen, isFull) = link.watches.withLock { watches in
            if watches[request.id] != nil { return (true, false) }
            guard watches.count < MasterLink.watchLimit else { return (false, true) }
            watches[request.id] = Set(kinds)
            return (false, false)
        }
        if isOpen {
            throw WireFault(
                .conflict, "a watch with that id is open; cancel it first", id: request.id, line: request.line)
        }
        if isFull {
            let words = "this connection has \(MasterLink.watchLimit) watches already; cancel one"
            throw WireFault(.tooManyRequests, words, id: request.id, line: request.line)
        }
        // The objects are marked and not copied: whatever changes meanwhile is shown once, at its newest, before `synced`.
        if kinds.contains(.node) { link.outbox.markNode() }
        let keys = kinds.compactMap(\.objectKind).flatMap { link.context.board.entries($0).map(\.key) }
        link.outbox.mark(keys, closing: [.synced(id: request.id)])
    }

    private func cancel(_ request: Request, _ id: RequestID) async {
        // A log's reader says its end itself, after the lines that are on their way.
        if link.logReaders.cancel(id) { return }
        let wasOpen = link.watches.withLock { $0.removeValue(forKey: id) != nil }
        if wasOpen {
            link.outbox.withdraw(.synced(id: id))
            await link.outbox.push([.end(id: id)])
        } else {
            let fault = WireFault(.notFound, "nothing with that id is open", id: request.id, line: request.line)
            await link.outbox.push([.error(fault)])
        }
    }
}

extension WireFault {
    /// What the store refused, for request `id` on line `line`.
    init(_ refusal: StoreRefusal, id: RequestID?, line: Int) {
        switch refusal {
        case .conflict(let conflict):
            let words = "\(conflict.key) belongs to source \(conflict.owner.rawValue)"
            self.init(.conflict, words, id: id, line: line)
        case .staleTerm(let highest):
            let words = "master \(highest.master) leads with term \(highest.term); lead with a higher one first"
            self.init(.staleTerm, words, id: id, line: line)
        case .notStored(let message):
            self.init(.unavailable, "not stored: \(message)", id: id, line: line)
        case .full(let limit):
            let words = "not stored: the wanted objects would take more than \(limit) bytes; remove some first"
            self.init(.tooLarge, words, id: id, line: line)
        }
    }
}

extension ClusterObject {
    /// The object's labels; endpoints have none.
    var labels: [String: String] {
        switch self {
        case .pod(let pod): pod.labels
        case .service(let service): service.labels
        case .endpoints: [:]
        case .minion(let minion): minion.labels
        }
    }
}
