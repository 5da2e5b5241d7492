import ClusterModel
import Synchronization
import Wire

@testable import Master

/// An agent that keeps what it is given in memory and misbehaves when it is told to.
final class FakeMinion: Sendable {
    /// What it does wrong.
    struct Faults {
        /// Names of objects it refuses.
        var refused: Set<String> = []
        /// Reads and answers nothing.
        var isSilent = false
        /// Does not read.
        var isStalled = false
        /// Stores and acks nothing of what it reads.
        var holdsAcks = false
        /// Another master leads with this term.
        var term: UInt64 = 0
    }

    /// What it has.
    struct State {
        var faults = Faults()
        var objects: [ObjectKey: UInt64] = [:]
        var applied: UInt64 = 0
        /// What its `ready` says of kinds; an agent before `Minion` says nothing.
        var kinds: [String] = []
        var sessions = 0
        var fullSets = 0
        /// Changes that came one by one, as `apply web 3` and `remove web 4`.
        var changes: [String] = []
        var pings = 0
        /// What every container wrote.
        var log: [LogLine] = []
        /// How many logs are followed.
        var followed = 0
        var watch: RequestID?
        var connection: LineConnection?
    }

    let state = Mutex(State())

    /// Serves on a loopback port while `body` runs.
    static func run(_ body: (FakeMinion, Int) async throws -> Void) async throws {
        let minion = FakeMinion()
        let server = LineServer()
        let port = try await server.bind(host: "127.0.0.1", port: 0).port ?? 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run { await minion.serve($0) } }
            do {
                try await body(minion, port)
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    var objects: [ObjectKey: UInt64] { state.withLock { $0.objects } }
    var changes: [String] { state.withLock { $0.changes } }
    var fullSets: Int { state.withLock { $0.fullSets } }
    var sessions: Int { state.withLock { $0.sessions } }

    /// Cuts the connection.
    func cut() {
        state.withLock { $0.connection }?.abort()
    }

    /// Says something to whoever watches.
    func say(_ kind: ObservedKind, _ object: JSONObject, removed: Bool = false) async throws {
        let (connection, watch) = state.withLock { ($0.connection, $0.watch) }
        try await connection?.send([.status(id: watch, kind: kind, object: object, removed: removed)])
    }

    private func serve(_ connection: LineConnection) async {
        let isStalled = state.withLock { state in
            state.sessions += 1
            state.connection = connection
            return state.faults.isStalled
        }
        do {
            try await connection.send([.hello(Hello(auth: [Hello.token]))])
            guard case .line(let number, let bytes)? = await connection.nextBatch(limit: 1)?.first,
                try Request.parse(line: bytes, number: number).operation == .auth(token: "secret")
            else { return }
            connection.trust()
            let ready = state.withLock { state in
                Ready(
                    node: "m1", agent: "fake 1", term: state.faults.term,
                    applied: state.applied == 0 ? [:] : ["master": state.applied], kinds: state.kinds)
            }
            try await connection.send([.ready(ready)])
            if isStalled { return await connection.waitUntilClosed() }
            var conversation = FakeConversation(minion: self)
            while let lines = await connection.nextBatch() {
                var replies: [Reply] = []
                for case .line(let number, let bytes) in lines {
                    replies += conversation.replies(to: try Request.parse(line: bytes, number: number))
                }
                let isSilent = state.withLock { $0.faults.isSilent }
                if !isSilent, !replies.isEmpty { try await connection.send(replies) }
            }
        } catch {
            // The master is gone, or speaks otherwise than it should: its test sees that nothing arrives.
        }
    }
}

/// One session with the fake: its transaction, and its answers.
private struct FakeConversation {
    let minion: FakeMinion
    private var transaction: [Operation]?
    private var refusals = 0
    private var sets: [ObjectKind: [JSONValue]] = [:]
    private let decoder = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)

    init(minion: FakeMinion) {
        self.minion = minion
    }

    mutating func replies(to request: Request) -> [Reply] {
        guard let id = request.id else { return [] }
        switch request.operation {
        case .lead(_, let term):
            let seen = minion.state.withLock { $0.faults.term }
            if term < seen { return [.error(WireFault(.staleTerm, "term \(seen) was seen", id: id))] }
            return acks(id)
        case .begin:
            (transaction, refusals) = ([], 0)
            return []
        case .commit: return commit(id)
        case .apply, .remove, .set: return write(request.operation, id)
        case .watch:
            minion.state.withLock { $0.watch = id }
            let node: JSONObject = ["kind": "Node", "currentState": ["status": "Ready"]]
            return [.status(id: id, kind: .node, object: node), .synced(id: id)]
        case .logs(let query): return logs(query, id)
        case .ping:
            minion.state.withLock { $0.pings += 1 }
            return [.pong(id: id)]
        default: return []
        }
    }

    private func logs(_ query: LogQuery, _ id: RequestID) -> [Reply] {
        if query.container == "missing" { return [.error(WireFault(.notFound, "no container \"missing\"", id: id))] }
        let log = minion.state.withLock { state in
            state.followed += query.range.follow ? 1 : 0
            return state.log
        }
        let lines = query.range.tail.map { Array(log.suffix($0)) } ?? log
        return lines.map { .log(id: id, $0) } + (query.range.follow ? [] : [.end(id: id)])
    }

    private func acks(_ id: RequestID) -> [Reply] {
        [.ack(Ack(id: id, phase: .received)), .ack(Ack(id: id, phase: .applied(took: .zero)))]
    }

    private mutating func write(_ operation: Operation, _ id: RequestID) -> [Reply] {
        if minion.state.withLock({ $0.faults.holdsAcks }) { return [] }
        if let refusal = refusal(of: operation, id) {
            refusals += 1
            return [.error(refusal)]
        }
        if transaction != nil {
            transaction?.append(operation)
            return []
        }
        apply(operation)
        return acks(id)
    }

    private mutating func commit(_ id: RequestID) -> [Reply] {
        guard let operations = transaction, !minion.state.withLock({ $0.faults.holdsAcks }) else { return [] }
        transaction = nil
        if refusals > 0 { return [.error(WireFault(.invalid, "nothing was applied", id: id))] }
        minion.state.withLock { $0.fullSets += 1 }
        for operation in operations { apply(operation) }
        return acks(id)
    }

    private func decode(_ operation: Operation) throws(InvalidObject) -> [ClusterObject] {
        switch operation {
        case .apply(let object, _): try decoder.decode(object).objects
        case .set(let kind, let items, _, _): try decoder.decode(items: items, kind: kind).objects
        default: []
        }
    }

    /// Why an operation is refused; `nil` where it is not.
    private func refusal(of operation: Operation, _ id: RequestID) -> WireFault? {
        let names = minion.state.withLock { $0.faults.refused }
        do throws(InvalidObject) {
            let name = try decode(operation).map(\.key.name).first { names.contains($0) }
            return name.map { WireFault(.invalid, "\($0) is not liked here", id: id) }
        } catch {
            return WireFault(error, id: id)
        }
    }

    /// The objects of an operation that was not refused.
    private func decoded(_ operation: Operation) -> [ClusterObject] {
        do { return try decode(operation) } catch { return [] }
    }

    private mutating func apply(_ operation: Operation) {
        let objects = decoded(operation)
        switch operation {
        case .set(let kind, let items, let version, let more):
            sets[kind, default: []] += items
            if more { return }
            let whole = decoded(.set(kind: kind, items: sets[kind] ?? [], resourceVersion: version, more: false))
            sets[kind] = nil
            minion.state.withLock { state in
                state.objects = state.objects.filter { $0.key.kind != kind }
                for object in whole { state.objects[object.key] = object.meta.resourceVersion }
                state.applied = max(state.applied, version ?? 0)
            }
        case .apply(_, let version):
            minion.state.withLock { state in
                for object in objects {
                    state.objects[object.key] = version ?? 0
                    state.changes.append("apply \(object.key.name) \(version ?? 0)")
                }
                state.applied = max(state.applied, version ?? 0)
            }
        case .remove(let key, let version):
            minion.state.withLock { state in
                state.objects[key] = nil
                state.changes.append("remove \(key.name) \(version ?? 0)")
                state.applied = max(state.applied, version ?? 0)
            }
        default: break
        }
    }
}
