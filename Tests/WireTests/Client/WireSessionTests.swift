import ClusterModel
import NodeKit
import Testing

@testable import Wire

/// Runs `body` in a session with a fake agent.
private func withSession<Value: Sendable>(
    token: String? = nil, asked: String? = nil, limits: LineLimits = LineLimits(),
    _ body: (WireSession) async throws -> Value
) async throws -> Value {
    let agent = FakeAgent(token: asked)
    return try await withServer(session: agent.session) { _, port in
        let connection = try await LineClient.connect(host: "127.0.0.1", port: port, limits: limits)
        return try await WireSession.with(connection, token: token, body)
    }
}

/// The elements of `sequence`, as an array.
private func all<Element>(_ sequence: some AsyncSequence<Element, any Error>) async throws -> [Element] {
    var elements: [Element] = []
    for try await element in sequence { elements.append(element) }
    return elements
}

@Suite struct WireSessionTests {
    @Test func anEncodedRequestIsAnsweredToWhoOpenedItUpToTheLastReply() async throws {
        let heard = try await withSession { session in
            let (replies, continuation) = AsyncStream<String>.makeStream()
            for name in ["x", "bad"] {
                let id = try session.open { result in
                    switch result {
                    case .success(.ack(let ack)): continuation.yield("\(name) \(ack.resourceVersion ?? 0)")
                    case .success: continuation.yield("\(name)?")
                    case .failure(let error): continuation.yield("\(error)")
                    }
                }
                let members = Array("\"id\":\"\(name)\"".utf8)
                try await session.send(.apply(.pod, members: members, resourceVersion: 3), id: id)
            }
            let forgotten = try session.open { _ in continuation.yield("forgotten") }
            session.forget(forgotten)
            try await session.send(.ping, id: forgotten)
            // Answered after all of them.
            try await session.ping()
            continuation.finish()
            return await replies.reduce(into: []) { $0.append($1) }
        }
        // Received, failed, applied; then the refusal.
        #expect(heard == ["x 3", "x 0", "x 3", "422 Invalid: bad"])
    }

    @Test func aBatchIsAnsweredLineByLineAndNothingOfOneWithALineTooLongIsSent() async throws {
        var limits = LineLimits()
        limits.maxLineBytes = 200
        let heard = try await withSession(limits: limits) { session in
            let (replies, continuation) = AsyncStream<String>.makeStream()
            func apply(_ name: String, to batch: inout RequestBatch) throws {
                let id = try session.open { _ in continuation.yield(name.prefix(1).description) }
                let members = Array("\"id\":\"\(name)\"".utf8)
                batch.append(.apply(.pod, members: members, resourceVersion: 3), id: id)
            }
            var batch = RequestBatch()
            for name in ["x", "y"] { try apply(name, to: &batch) }
            try await session.send(batch)
            for name in ["z", String(repeating: "long", count: 50)] { try apply(name, to: &batch) }
            let error = await #expect(throws: WireError.self) { try await session.send(batch) }
            #expect(error?.code == .lineTooLong)
            // Answered after all of them.
            try await session.ping()
            continuation.finish()
            return await replies.reduce(into: []) { $0.append($1) }
        }
        #expect(heard == ["x", "x", "x", "y", "y", "y"])
    }

    @Test func theAgentSaysWhoItIs() async throws {
        let ready = try await withSession { $0.ready }
        #expect(ready == Ready(node: "n1", agent: "fake 1", term: 2, applied: ["master": 7]))
    }

    @Test func acksComeUpToApplied() async throws {
        let acks = try await withSession { session in
            try await all(try await session.apply(["kind": "Pod", "id": "web"], resourceVersion: 5))
        }
        #expect(
            acks.map(\.phase) == [
                .received, .failed(reason: "ErrImagePull", message: "no", retryIn: .seconds(1)),
                .applied(took: .milliseconds(3)),
            ])
        #expect(acks.map(\.resourceVersion) == [5, nil, 5])
    }

    @Test func aRefusalIsThrown() async throws {
        let fault = await #expect(throws: WireFault.self) {
            try await withSession { session in
                try await all(try await session.apply(["kind": "Pod", "id": "bad"]))
            }
        }
        #expect(fault == WireFault(.invalid, "bad", id: .int(1), line: 1))
    }

    @Test func questionsAreAnswered() async throws {
        try await withSession { session in
            _ = try await all(try await session.apply(["kind": "Pod", "id": "web"]))
            #expect(try await session.get(ObjectQuery(kind: .pod)).map { $0["id"] } == ["web"])
            #expect(try await session.health().uptime == .seconds(9))
            try await session.ping()
            let acks = try await all(try await session.remove(ObjectKey(kind: .pod, name: "web")))
            #expect(acks.map(\.phase) == [.applied(took: .zero)])
        }
    }

    @Test(arguments: [Operation.begin, .set(kind: .pod, items: [], resourceVersion: nil, more: true), .cancel(.int(1))])
    func whatIsNotAnsweredIsNotWaitedFor(_ operation: Operation) async throws {
        try await withSession { session in
            #expect(try await all(try await session.request(operation)).isEmpty)
            try await session.ping()
        }
    }

    @Test func anAnswerInSeveralLinesIsOne() async throws {
        try await withSession { session in
            for name in ["a", "b", "c"] { _ = try await all(try await session.apply(["id": .string(name)])) }
            #expect(try await session.get(ObjectQuery(kind: .pod)).map { $0["id"] } == ["a", "b", "c"])
        }
    }

    @Test func aLineTheAgentWouldSkipIsNotSent() async throws {
        var limits = LineLimits()
        limits.maxLineBytes = 200
        try await withSession(limits: limits) { session in
            let long = JSONValue.string(String(repeating: "x", count: 200))
            let error = await #expect(throws: WireError.self) { try await session.apply(["kind": "Pod", "id": long]) }
            #expect(error?.code == .lineTooLong)
            try await session.ping()
        }
    }

    @Test func aRefusalThatNamesNoRequestFailsWhatWaits() async throws {
        try await withServer { connection in
            do {
                try await connection.send([
                    .hello(Hello(auth: [])), .ready(Ready(node: "n", agent: "a", term: 0, applied: [:])),
                ])
                _ = await connection.nextBatch()
                try await connection.send([.error(WireFault(.tooLarge, "line 1 is too long", line: 1))])
                await connection.waitUntilClosed()
            } catch {
                Issue.record(error)
            }
        } _: { _, port in
            let connection = try await LineClient.connect(host: "127.0.0.1", port: port)
            let fault = await #expect(throws: WireFault.self) {
                try await WireSession.with(connection) { try await $0.ping() }
            }
            #expect(fault == WireFault(.tooLarge, "line 1 is too long", line: 1))
        }
    }

    @Test func aWatchShowsStatesAndChanges() async throws {
        let events = try await withSession { session in
            try await all(try await session.watch([.pod, .node]))
        }
        #expect(
            events == [.status(.pod, ["id": "x"]), .status(.node, ["id": "x"]), .synced, .removed(.pod, ["id": "x"])])
    }

    @Test func repliesFindTheirRequests() async throws {
        try await withSession { session in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        if number.isMultiple(of: 2) {
                            try await session.ping()
                        } else {
                            let acks = try await all(
                                try await session.apply(["id": "x"], resourceVersion: UInt64(number)))
                            #expect(acks.last?.resourceVersion == UInt64(number))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func repliesNobodyReadsAreBounded() async throws {
        var limits = LineLimits()
        limits.maxUnreadReplies = 2
        let error = await #expect(throws: WireError.self) {
            try await withSession(limits: limits) { session in
                let acks = try await session.apply(["id": "x"])
                // The answer comes after the acks, on the same connection.
                try await session.ping()
                _ = try await all(acks)
            }
        }
        #expect(error?.code == .tooManyUnreadReplies)
    }

    @Test func theTokenIsGivenWhenItIsAskedFor() async throws {
        #expect(try await withSession(token: "s3cret", asked: "s3cret") { $0.ready.node } == "n1")
        #expect(try await withSession(token: "not needed") { $0.ready.node } == "n1")
    }

    @Test func aWrongTokenIsARefusal() async throws {
        let fault = await #expect(throws: WireFault.self) {
            try await withSession(token: "wrong", asked: "s3cret") { _ in }
        }
        #expect(fault == WireFault(.unauthorized, "wrong token", line: 1))
    }

    @Test func aMissingTokenIsReported() async throws {
        let error = await #expect(throws: WireError.self) { try await withSession(asked: "s3cret") { _ in } }
        #expect(error?.code == .tokenRequired)
    }

    @Test func theEndOfTheConnectionEndsWhatWaits() async throws {
        try await withServer { connection in
            do {
                try await connection.send([
                    .hello(Hello(auth: [])), .ready(Ready(node: "n", agent: "a", term: 0, applied: [:])),
                ])
                _ = await connection.nextBatch()
                try await connection.send([.error(WireFault(.unavailable, "the agent is stopping"))])
            } catch {
                Issue.record(error)
            }
        } _: { _, port in
            let connection = try await LineClient.connect(host: "127.0.0.1", port: port)
            // The agent's last words are the reason.
            let fault = await #expect(throws: WireFault.self) {
                try await WireSession.with(connection) { try await $0.ping() }
            }
            #expect(fault == WireFault(.unavailable, "the agent is stopping"))
        }
    }

    @Test(arguments: [false, true])
    func theConnectionEndsWithTheBody(throwing: Bool) async throws {
        struct Stop: Error {}
        let ended = Gate()
        let agent = FakeAgent()
        try await withServer { connection in
            await agent.session(connection)
            ended.open()
        } _: { _, port in
            let connection = try await LineClient.connect(host: "127.0.0.1", port: port)
            do {
                try await WireSession.with(connection) { session in
                    try await session.ping()
                    if throwing { throw Stop() }
                }
                #expect(!throwing)
            } catch is Stop {
                #expect(throwing)
            }
            try await eventually("the agent sees the end") { ended.isOpen }
        }
    }
}
