import Glibc
import NodeKit
import Testing

@testable import Proxy

/// Listeners coming, changing, going, and being handed over.
@Suite struct ListenerTests {
    @Test func backendsTakeTurns() async throws {
        let backends = try ["a", "b", "c"].map { try TestBackend.named($0) }
        try await withProxy { server in
            let port = try server.serve("service", backends.map(\.backend))
            let heard = try await Peer.answers(9, of: port)
            #expect(heard == ["a", "b", "c", "a", "b", "c", "a", "b", "c"])
        }
    }

    @Test func fromNoBackendToManyAndBack() async throws {
        let backends = try ["a", "b"].map { try TestBackend.named($0) }
        try await withProxy { server in
            let port = try server.serve("service", [])
            #expect(try await Peer.fate(of: port) == .reset)
            try await server.settle("service", backends.map(\.backend))
            let heard = try await Peer.answers(2, of: port)
            #expect(Set(heard) == ["a", "b"])
            try await server.settle("service", [])
            #expect(try await Peer.fate(of: port) == .reset)
            #expect(server.traffic("service").refused[.noBackends] == 2)
        }
    }

    @Test func theLastOfManyChangesIsTheOneThatCounts() async throws {
        let old = try TestBackend.named("old")
        let new = try TestBackend.named("new")
        try await withProxy { server in
            let port = try server.serve("service", [])
            for _ in 0..<20 {
                for _ in 0..<50 { server.setBackends("service", [old.backend]) }
                try await server.settle("service", [new.backend])
                #expect(try await Peer.answers(1, of: port) == ["new"])
            }
        }
    }

    @Test func changingBackendsUnderLoadFailsNoRequest() async throws {
        let backends = try (0..<3).map { _ in try TestBackend.echo() }
        try await withProxy { server in
            let all = backends.map(\.backend)
            let port = try server.serve("service", all)
            let isDone = Slot<Bool>()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await onThread {
                            var served = 0
                            while isDone.last == nil {
                                guard try Peer(to: port).echoes("request") else {
                                    throw NeverHappened(description: "echo")
                                }
                                served += 1
                            }
                            return served
                        }
                    }
                }
                for change in 0..<150 {
                    try await server.settle("service", Array(all.shuffled().prefix(1 + change % 3)))
                }
                isDone.put(true)
                var served = 0
                // Throws what the first failed request threw.
                for try await part in group { served += part }
                #expect(served > 0)
                #expect(server.traffic("service").accepted == UInt64(served))
                #expect(server.traffic("service").refused.values.allSatisfy { $0 == 0 })
            }
        }
    }

    @Test func aClosedListenerRefusesAndItsConnectionsLiveOn() async throws {
        let backend = try TestBackend.echo()
        try await withProxy { server in
            let port = try server.serve("service", [backend.backend])
            let client = try Peer(to: port)
            #expect(try await client.echoes("before"))
            // As systemd's store does: closing our descriptor alone would leave the port open.
            let duplicate = Peer(owning: dup(try #require(server.descriptor(of: "service"))))
            server.close("service")
            #expect(try await Peer.fate(of: port) == .refused)
            #expect(server.descriptor(of: "service") == nil)
            #expect(server.counters().listeners.isEmpty)
            #expect(try await client.echoes("after"))
            #expect(server.counters().total.active == 1)
            #expect(!server.setBackends("service", []))
            client.close()
            try await eventually("the connection is gone") { server.counters().total.active == 0 }
            #expect(server.counters().total.bytesFromClients == 11)
            duplicate.close()
        }
    }

    @Test func clientsWaitUntilBackendsAreKnown() async throws {
        let backend = try TestBackend.echo()
        try await withProxy { server in
            let port = try server.open("service", port: 0)
            let client = try Peer(to: port)
            try client.send("early")
            #expect(await server.heartbeat(within: .seconds(Peer.patience)))
            #expect(server.traffic("service").accepted == 0)
            server.setBackends("service", [backend.backend])
            #expect(try await client.receive(5) == "early")
        }
    }

    @Test func clientsQueuedBeforeAHandOverAreServed() async throws {
        let backend = try TestBackend.echo()
        let (raw, port) = try listenOnLoopback(backlog: 16)
        let early = try (0..<3).map { _ in try Peer(to: port) }
        for (index, client) in early.enumerated() { try client.send("early \(index)") }
        try await withProxy { server in
            #expect(try server.adopt("service", descriptor: raw) == port)
            #expect(server.descriptor(of: "service") == raw)
            server.setBackends("service", [backend.backend])
            for (index, client) in early.enumerated() { #expect(try await client.receive(7) == "early \(index)") }
            let late = try Peer(to: port)
            #expect(try await late.echoes("late"))
        }
    }

    @Test func onlyListeningSocketsAreAdopted() async throws {
        try await withProxy { server in
            var ends: [Int32] = [0, 0]
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            let other = Peer(owning: ends[1])
            #expect(throws: ProxyError.self) { try server.adopt("service", descriptor: ends[0]) }
            #expect(try await other.fate() == .ended, "what is refused is closed")
            let (bound, _) = try bindOnLoopback()
            let error = try #require(throws: ProxyError.self) { try server.adopt("service", descriptor: bound) }
            #expect(error.code == .notAListener)
            #expect(server.counters().listeners.isEmpty)
        }
    }

    @Test func anAdoptedSocketIsClosedWhenItsNameIsTaken() async throws {
        try await withProxy { server in
            _ = try server.open("service", port: 0)
            let (raw, port) = try listenOnLoopback(backlog: 1)
            let error = try #require(throws: ProxyError.self) { try server.adopt("service", descriptor: raw) }
            #expect(error.code == .nameTaken)
            #expect(try await Peer.fate(of: port) == .refused)
        }
    }

    @Test func namesAndPortsAreNotSharedAndPortsCanBeHadAgain() async throws {
        let backend = try TestBackend.named("x")
        try await withProxy { server in
            let port = try server.serve("one", [backend.backend])
            #expect(throws: ProxyError.self) { try server.open("one", port: 0) }
            let error = try #require(throws: ProxyError.self) { try server.open("two", port: port) }
            #expect(error.code == .portUnavailable)
            #expect(error.cause == EADDRINUSE)
            #expect(try await Peer.answers(1, of: port) == ["x"])
            server.close("one")
            #expect(await server.heartbeat(within: .seconds(Peer.patience)))
            #expect(try server.open("two", port: port) == port)
            server.setBackends("two", [backend.backend])
            #expect(try await Peer.answers(1, of: port) == ["x"])
        }
    }

    @Test(
        "Settings out of bounds are refused",
        arguments: [
            { $0.workers = 0 }, { $0.workers = 65 }, { $0.backlog = 0 }, { $0.dialTimeouts = [] },
            { $0.dialTimeouts = Array(repeating: .seconds(1), count: 9) }, { $0.dialTimeouts = [.zero] },
            { $0.maxConnections = 0 }, { $0.descriptorReserve = -1 }, { $0.halfClosedIdle = .zero },
            { $0.maxBufferedBytes = $0.workers * RelayBuffer.capacity - 1 }, { $0.maxBufferedBytes = 1 << 41 },
            { $0.keepaliveIdle = .milliseconds(1) },
            { $0.keepaliveInterval = .seconds(40000) }, { $0.keepaliveProbes = 128 }, { $0.acceptPause = .zero },
        ] as [@Sendable (inout ProxySettings) -> Void])
    func bounds(_ spoil: @Sendable (inout ProxySettings) -> Void) throws {
        var settings = ProxySettings()
        spoil(&settings)
        let error = try #require(throws: ProxyError.self) { try ProxyServer(settings: settings) }
        #expect(error.code == .invalidSetting)
    }
}
