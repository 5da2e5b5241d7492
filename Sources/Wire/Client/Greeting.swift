/// The start of a session as the client sees it (PROTOCOL "Session").
struct Greeting {
    let connection: LineConnection
    let token: String?

    /// Waits for `hello`, authenticates if that is asked for, and waits for `ready`.
    ///
    /// Throws the `WireFault` with which the agent refuses, or a `WireError`: `tokenRequired`, `notTheProtocol`,
    /// `connectionClosed`, `greetingDeadlineExceeded`.
    func perform() async throws -> Ready {
        let deadline = connection.limits.greetingDeadline
        return try await withThrowingTaskGroup(of: Ready.self) { group in
            group.addTask { try await greet() }
            group.addTask {
                try await connection.clock.sleep(for: deadline)
                throw WireError(.greetingDeadlineExceeded, "\(connection.peer) was not ready after \(deadline)")
            }
            defer { group.cancelAll() }
            guard let ready = try await group.next() else {
                throw WireError(.cancelled, "cancelled while \(connection.peer) was greeted")
            }
            return ready
        }
    }

    private func greet() async throws -> Ready {
        guard case .hello(let hello) = try await reply() else {
            throw WireError(.notTheProtocol, "\(connection.peer) did not say hello")
        }
        guard hello.protocolVersion == Hello.currentProtocol else {
            throw WireError(.notTheProtocol, "\(connection.peer) speaks protocol \(hello.protocolVersion)")
        }
        if let unknown = hello.auth.first(where: { $0 != Hello.token }) {
            throw WireError(
                .notTheProtocol, "\(connection.peer) asks for \"\(unknown)\", which this version does not know")
        }
        if hello.auth.contains(Hello.token) {
            guard let token else { throw WireError(.tokenRequired, "\(connection.peer) asks for a token") }
            try await connection.send([Request(operation: .auth(token: token))])
        }
        guard case .ready(let ready) = try await reply() else {
            throw WireError(.notTheProtocol, "\(connection.peer) did not say that it is ready")
        }
        return ready
    }

    private func reply() async throws -> Reply {
        while let replies = try await connection.nextReplies(limit: 1) {
            switch replies.first {
            case .error(let fault)?: throw fault
            case let reply?: return reply
            case nil: continue
            }
        }
        // With TLS the peer's verdict on our certificate.
        throw connection.failure
            ?? WireError(.connectionClosed, "\(connection.peer) closed while it was greeted")
    }
}

extension LineConnection {
    /// The next lines as replies, at most `limit`; those of a type that is newer than this client are passed over. `nil` at
    /// the end.
    ///
    /// Throws `notTheProtocol` for what is no reply.
    func nextReplies(limit: Int) async throws(WireError) -> [Reply]? {
        guard let lines = await nextBatch(limit: limit) else { return nil }
        do throws(WireFault) {
            var replies: [Reply] = []
            for line in lines {
                switch line {
                case .line(_, let bytes):
                    if let reply = try Reply.parse(line: bytes) { replies.append(reply) }
                case .fault(let fault): throw fault
                case .http: throw WireFault(.badRequest, "the reply is an HTTP request")
                }
            }
            return replies
        } catch {
            throw WireError(.notTheProtocol, "\(peer) does not speak this protocol", cause: error)
        }
    }
}
