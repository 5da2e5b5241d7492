import Glibc
import NodeKit
import Testing

@testable import Proxy

/// Bytes, ends and resets through real sockets.
@Suite struct RelayingTests {
    @Test func whatTheClientSendsComesBack() async throws {
        let backend = try TestBackend.echo()
        try await withProxy { server in
            let port = try server.serve("echo", [backend.backend])
            let client = try Peer(to: port)
            for round in 0..<50 { #expect(try await client.echoes("request \(round)")) }
            client.endWriting()
            #expect(try await client.fate() == .ended)
            try await eventually("the connection is gone") { server.traffic("echo").active == 0 }
            let traffic = server.traffic("echo")
            #expect(traffic.accepted == 1)
            #expect(traffic.bytesFromClients == 490)
            #expect(traffic.bytesFromBackends == 490)
            #expect(traffic == server.counters().total)
        }
    }

    @Test func muchCrossesBothWaysAtOnceUnharmed() async throws {
        let bytes = 32 << 20
        let backend = try TestBackend { peer in try Stream.exchange(peer, sending: 2, expecting: 1, bytes) }
        try await withProxy { server in
            let port = try server.serve("bulk", [backend.backend])
            try await onThread {
                let client = try Peer(to: port)
                try Stream.exchange(client, sending: 1, expecting: 2, bytes)
            }
            try await eventually("the connection is gone") { server.traffic("bulk").active == 0 }
            let traffic = server.traffic("bulk")
            #expect(traffic.bytesFromClients == UInt64(bytes))
            #expect(traffic.bytesFromBackends == UInt64(bytes))
            #expect(traffic.resets == 0)
        }
    }

    @Test func aClientThatEndsStillGetsItsAnswer() async throws {
        // Answers only when it has seen the end: a relay that closed both directions with it would lose the answer.
        let backend = try TestBackend { peer in
            let question = try peer.receiveToEnd()
            try peer.send(question + question)
        }
        try await withProxy { server in
            let client = try Peer(to: try server.serve("half", [backend.backend]))
            try client.send("abc")
            client.endWriting()
            #expect(try await client.receiveToEnd() == Array("abcabc".utf8))
        }
    }

    @Test func aBackendThatEndsStillHearsItsClient() async throws {
        let heard = Inbox()
        let backend = try TestBackend { peer in
            try peer.send("greeting")
            peer.endWriting()
            heard.put(try peer.receiveToEnd())
        }
        try await withProxy { server in
            let client = try Peer(to: try server.serve("half", [backend.backend]))
            #expect(try await client.receiveToEnd() == Array("greeting".utf8))
            try client.send("still here")
            client.endWriting()
            try await eventually("the backend hears it") { heard.last == Array("still here".utf8) }
            try await eventually("the connection is gone") { server.traffic("half").active == 0 }
            #expect(server.traffic("half").resets == 0)
        }
    }

    @Test func aResetOfTheBackendReachesTheClient() async throws {
        let backend = try TestBackend { peer in
            _ = try peer.receive(3)
            peer.reset()
        }
        try await withProxy { server in
            let client = try Peer(to: try server.serve("reset", [backend.backend]))
            try client.send("abc")
            #expect(try await client.fate() == .reset)
            try await eventually("it is counted") { server.traffic("reset").resets == 1 }
        }
    }

    @Test(arguments: [false, true])
    func aResetOfTheClientReachesTheBackend(afterItsEnd ended: Bool) async throws {
        let seen = Fates()
        let backend = try TestBackend { peer in
            try peer.send("hello")
            if ended { _ = try peer.receiveToEnd() }
            try peer.send("x")
            var fate = peer.fate()
            // After its client's end only a write can meet the reset.
            while fate == .ended {
                do { try peer.send("x") } catch { fate = .reset }
            }
            seen.put(fate)
        }
        try await withProxy { server in
            let client = try Peer(to: try server.serve("reset", [backend.backend]))
            #expect(try await client.receive(5) == "hello")
            if ended { client.endWriting() }
            #expect(try await client.receive(1) == "x")
            client.reset()
            try await eventually("the backend sees it") { seen.last == .reset }
            try await eventually("it is counted") { server.traffic("reset").resets == 1 }
            #expect(server.traffic("reset").active == 0)
        }
    }

    @Test func anAnswerBeforeAResetIsDelivered() async throws {
        // A server that refuses an upload: answers at once and closes with the upload unread, which is a reset.
        let backend = try TestBackend { peer in
            _ = try peer.receive(1)
            try peer.send("413")
        }
        try await withProxy { server in
            let port = try server.serve("refusing", [backend.backend])
            for _ in 0..<20 {
                let client = try Peer(to: port)
                // More than the one byte it reads; some of this may meet the reset.
                do { try client.send([UInt8](repeating: 1, count: 200_000)) } catch {}
                #expect(try await client.receive(3) == "413")
            }
        }
    }

    @Test func urgentBytesStayInTheirPlaceAndStopNothing() async throws {
        let backend = try TestBackend.echo()
        try await withProxy { server in
            let client = try Peer(to: try server.serve("urgent", [backend.backend]))
            for _ in 0..<20 {
                try client.send("before")
                try client.send(Array("!".utf8), flags: Int32(MSG_OOB))
                try client.send("after")
                #expect(try await client.receive(12) == "before!after")
            }
        }
    }

    @Test func aSlowReaderHoldsItsWriterAndLittleMemory() async throws {
        let bytes = 128 << 20
        let backend = try TestBackend { peer in try Stream.send(peer, seed: 0, bytes) }
        try await withProxy { server in
            let client = try Peer(to: try server.serve("slow", [backend.backend]))
            // Standstill: what the relay has read does not change while its workers go round many times.
            var before: UInt64 = .max
            try await eventually("the writer is stopped") {
                let now = server.traffic("slow").bytesFromBackends
                defer { before = now }
                return now > 0 && now == before && server.counters().bufferedBytes > 0
            }
            #expect(server.counters().bufferedBytes <= UInt64(RelayBuffer.capacity))
            #expect(server.traffic("slow").bytesFromBackends < UInt64(bytes / 2))
            let complete = try await onThread { try Stream.receive(client, seed: 0, bytes) }
            #expect(complete)
            try await eventually("its memory is given back") { server.counters().bufferedBytes == 0 }
        }
    }

    @Test func aHalfClosedConnectionIsNotKeptForEver() async throws {
        let seen = Fates()
        let backend = try TestBackend { peer in
            _ = try peer.receiveToEnd()
            // Neither answers nor ends: waits for the connection to be taken from it.
            var event = pollfd(fd: peer.raw, events: 0, revents: 0)
            _ = poll(&event, 1, Int32(Peer.patience) * 1000)
            seen.put(event.revents & Int16(POLLERR) != 0 ? .reset : .silent)
        }
        try await withProxy {
            $0.halfClosedIdle = .milliseconds(50)
        } _: { server in
            let client = try Peer(to: try server.serve("half", [backend.backend]))
            client.endWriting()
            #expect(try await client.fate() == .reset)
            try await eventually("the backend is reset too") { seen.last == .reset }
            #expect(server.traffic("half").expired == 1)
        }
    }

    @Test func bothLegsAreWatchedForPeersThatVanish() async throws {
        try await withProxy {
            $0.keepaliveIdle = .seconds(77)
        } _: { server in
            _ = try server.open("any", port: 0)
            let listener = try #require(server.descriptor(of: "any"))
            // Accepted sockets inherit these (tcp(7)).
            #expect(option(listener, SOL_SOCKET, SO_KEEPALIVE) == 1)
            #expect(option(listener, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 77)
            #expect(option(listener, Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
        }
        guard
            case .begun(let socket) = SocketCalls.dial(
                Backend(address: loopback, port: 9), Keepalive(idle: 66, interval: 5, probes: 3),
                DescriptorBudget(limit: .max, reserve: 0))
        else { return _ = Issue.record("no dial") }
        #expect(option(socket.raw, SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(socket.raw, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 66)
        #expect(option(socket.raw, Int32(IPPROTO_TCP), TCP_KEEPINTVL) == 5)
        #expect(option(socket.raw, Int32(IPPROTO_TCP), TCP_KEEPCNT) == 3)
        #expect(option(socket.raw, Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
    }

    private func option(_ socket: Int32, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, level, name, &value, &length)
        return value
    }
}
