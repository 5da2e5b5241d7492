public import ClusterModel

/// A container's log that is read over a connection of its own.
///
/// A session keeps the replies that nobody has looked at yet, and gives up when they are too many; of a log there are as many
/// as its reader lets come. Here the reader's pace is the connection's, and through it the container engine's.
public final class LogReading: Sendable {
    private let connection: LineConnection
    private let query: LogQuery

    private init(_ connection: LineConnection, _ query: LogQuery) {
        self.connection = connection
        self.query = query
    }

    /// Nothing that is still on its way is wanted, and it may be much.
    deinit { connection.abort() }

    /// Greets the agent and makes sure that there is such a log: one that is followed may say nothing for hours, so none of
    /// its lines are asked for first.
    ///
    /// Throws the `WireFault` with which the agent refuses; a `WireError` as `WireSession.with` does, and
    /// `answerDeadlineExceeded`. The connection is closed then.
    public static func open(
        _ connection: LineConnection, token: String? = nil, _ query: LogQuery
    ) async throws -> LogReading {
        let reading = LogReading(connection, query)
        _ = try await Greeting(connection: connection, token: token).perform()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await reading.request(LogRange(tail: 0), id: 1) { _ in } }
            group.addTask {
                let deadline = connection.limits.logOpenDeadline
                try await connection.clock.sleep(for: deadline)
                throw WireError(.answerDeadlineExceeded, "\(connection.peer) did not open the log within \(deadline)")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
        return reading
    }

    /// Gives the lines to `onLines`, those that have come at once; returns at the log's end. To be called once.
    ///
    /// Throws what `onLines` throws, and as `open` does; `connectionClosed` for a log that ends without its `end`.
    public func read(_ onLines: ([LogLine]) async throws -> Void) async throws {
        try await request(query.range, id: 2, onLines)
    }

    /// Ends `read` with `connectionClosed`, from another task.
    public func stop() {
        connection.abort()
    }

    private func request(
        _ range: LogRange, id: Int64, _ onLines: ([LogLine]) async throws -> Void
    ) async throws {
        var query = query
        query.range = range
        try await connection.send([Request(id: .int(id), operation: .logs(query))])
        while let replies = try await connection.nextReplies(limit: connection.limits.maxWaitingLines) {
            var lines: [LogLine] = []
            var isOver = false
            for reply in replies where reply.id == .int(id) {
                switch reply {
                case .log(_, let line): lines.append(line)
                case .end: isOver = true
                case .error(let fault):
                    if !lines.isEmpty { try await onLines(lines) }
                    throw fault
                default: continue
                }
            }
            if !lines.isEmpty { try await onLines(lines) }
            if isOver { return }
        }
        throw WireError(.connectionClosed, "\(connection.peer) closed before the log's end")
    }
}
