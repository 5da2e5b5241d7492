public import ClusterModel

/// A client's conversation with an agent: greeting, then any number of requests at a time.
///
///     try await WireSession.with(connection, token: token) { session in
///         for try await ack in try await session.apply(object) { print(ack.phase) }
///     }
public final class WireSession: Sendable {
    /// What the agent said of itself.
    public let ready: Ready
    private let connection: LineConnection
    let router: ReplyRouter

    private init(_ connection: LineConnection, ready: Ready) {
        self.connection = connection
        self.ready = ready
        router = ReplyRouter(limit: connection.limits.maxUnreadReplies)
    }

    /// Greets the agent, runs `body`, and closes the connection, whatever happens.
    ///
    /// Throws what `body` throws; before it the `WireFault` with which the agent refuses the token, or a `WireError`:
    /// `tokenRequired`, `notTheProtocol`, `connectionClosed`, `greetingDeadlineExceeded`.
    public static func with<Value: Sendable>(
        _ connection: LineConnection, token: String? = nil, _ body: (WireSession) async throws -> Value
    ) async throws -> Value {
        do {
            let ready = try await Greeting(connection: connection, token: token).perform()
            let session = WireSession(connection, ready: ready)
            let value = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await session.readReplies() }
                defer { group.cancelAll() }
                return try await body(session)
            }
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    // MARK: Requests

    /// Sends a request of `operation` with an id of its own and gives back the replies to it, up to the last one: `applied`
    /// for a change, the answer for a question, nothing for a watch, which goes on. What the agent does not answer – `begin`,
    /// a part of a set with `more`, and `cancel`, whose end belongs to the watch – has no replies. Who stops reading early just
    /// stops.
    ///
    /// Throws, also while replies are read, the `WireFault` with which the agent refuses, or a `WireError`: `lineTooLong` when
    /// the agent would skip the line.
    public func request(_ operation: Operation) async throws -> AsyncThrowingStream<Reply, any Error> {
        let (id, replies) = try router.open(operation)
        do {
            try await send(Request(id: id, operation: operation))
        } catch {
            router.forget(id)
            throw error
        }
        return replies
    }

    /// Sends a request without an id: only a refusal would come back, and as it does not say what it is about, it fails every
    /// request that waits for replies. Throws as `request` does.
    public func send(_ operation: Operation) async throws(WireError) {
        try await send(Request(operation: operation))
    }

    private func send(_ request: Request) async throws(WireError) {
        var line: [UInt8] = []
        request.writeLine(into: &line)
        try await sendLine(line)
    }

    /// Sends a whole line, its `\n` included.
    func sendLine(_ line: [UInt8]) async throws(WireError) {
        try check(length: line.count - 1)
        try await sendLines(line)
    }

    /// Sends whole lines, whose length was checked.
    func sendLines(_ lines: [UInt8]) async throws(WireError) {
        try await connection.send(line: lines)
    }

    /// Refuses a line, without its `\n`, that the agent would skip. Throws `lineTooLong`.
    func check(length: Int) throws(WireError) {
        guard length <= connection.limits.maxLineBytes else {
            throw WireError(
                .lineTooLong, "the request is \(length) bytes long, a node takes \(connection.limits.maxLineBytes)")
        }
    }

    /// Adds or updates `object`, or every item of the list it is. The acks end with `applied`; after `failed` the agent
    /// tries on, so how long to wait is the caller's choice. Throws as `request` does.
    public func apply(
        _ object: JSONValue, resourceVersion: UInt64? = nil
    ) async throws -> some AsyncSequence<Ack, any Error> {
        try await acks(.apply(object: object, resourceVersion: resourceVersion))
    }

    /// Removes the object, if it is there. Acks and errors as of `apply`.
    public func remove(_ key: ObjectKey, resourceVersion: UInt64? = nil) async throws -> some AsyncSequence<
        Ack, any Error
    > {
        try await acks(.remove(key, resourceVersion: resourceVersion))
    }

    private func acks(_ operation: Operation) async throws -> some AsyncSequence<Ack, any Error> {
        try await request(operation).compactMap { if case .ack(let ack) = $0 { ack } else { nil } }
    }

    /// The objects `query` asks for, each with its `currentState`. Throws as `request` does.
    public func get(_ query: ObjectQuery) async throws -> [JSONObject] {
        var found: [JSONObject] = []
        for try await reply in try await request(.get(query)) {
            guard case .result(_, _, let items, let more) = reply else { continue }
            found += items
            if !more { return found }
        }
        throw Self.unanswered(OperationName.get)
    }

    /// The state of `kinds`, now and whenever it changes. Throws as `request` does.
    public func watch(_ kinds: [ObservedKind]) async throws -> some AsyncSequence<WatchEvent, any Error> {
        try await request(.watch(kinds: kinds)).compactMap { reply in
            switch reply {
            case .status(_, let kind, let object, let removed):
                removed ? .removed(kind, object) : .status(kind, object)
            case .synced: .synced
            default: nil
            }
        }
    }

    /// How the node is. Throws as `request` does.
    public func health() async throws -> HealthReport {
        try await answer(to: .health) { if case .health(_, let report) = $0 { report } else { nil } }
    }

    /// Returns when the agent has answered. Throws as `request` does.
    public func ping() async throws {
        try await answer(to: .ping) { if case .pong = $0 { () } else { nil } }
    }

    private func answer<Answer>(to operation: Operation, _ read: (Reply) -> Answer?) async throws -> Answer {
        for try await reply in try await request(operation) {
            if let answer = read(reply) { return answer }
        }
        throw Self.unanswered(operation.name)
    }

    private static func unanswered(_ operation: OperationName) -> WireError {
        WireError(.notTheProtocol, "the agent did not answer \(operation.rawValue)")
    }

    // MARK: Replies

    private func readReplies() async {
        do {
            while let replies = try await connection.nextReplies(limit: connection.limits.maxWaitingLines) {
                for reply in replies { router.route(reply) }
            }
            router.end(WireError(.connectionClosed, "the connection to \(connection.peer) has ended"))
        } catch {
            router.end(error)
        }
    }
}

/// What a watch shows.
public enum WatchEvent: Sendable, Equatable {
    /// The newest state of an object.
    case status(ObservedKind, JSONObject)
    /// The object is gone; of it only what identifies it is given.
    case removed(ObservedKind, JSONObject)
    /// Everything there is was shown; from here on come changes.
    case synced
}
