import Glibc
import NodeKit
import Synchronization
import Testing

@testable import Proxy

/// Workers sharing the load, answering, draining and ending.
@Suite struct LifecycleTests {
    @Test func connectionsAreSpreadOverTheWorkers() async throws {
        let backend = try TestBackend.echo()
        try await withProxy { server in
            let port = try server.serve("service", [backend.backend])
            // One after the other: each finds all workers idle, and would find the same one.
            let clients = try await Peer.clients(40, of: port)
            let loads = server.loads
            #expect(loads.reduce(0, +) == 40)
            #expect(loads.allSatisfy { $0 >= 15 }, "\(loads)")
            for client in clients { #expect(try await client.echoes("again")) }
            for client in clients { client.close() }
        }
    }

    @Test func aDrainLetsConnectionsFinish() async throws {
        let backend = try TestBackend.echo()
        try await withProxy { server in
            let port = try server.serve("service", [backend.backend])
            let client = try Peer(to: port)
            #expect(try await client.echoes("one"))
            let listener = try #require(server.descriptor(of: "service"))
            #expect(epollSetsWatching(listener) == 2)
            async let cut = server.shutdown(drain: .seconds(3600))
            // It accepts no more: a new client is left in the backlog. A heartbeat is still answered.
            try await eventually("it stops accepting") { server.isShutDown }
            #expect(await server.heartbeat(within: .seconds(Peer.patience)))
            #expect(
                epollSetsWatching(listener) == 0, "watched and not accepted, a waiting client would keep it spinning")
            #expect(try await client.echoes("two"))
            client.endWriting()
            #expect(try await client.fate() == .ended)
            #expect(await cut == 0)
            #expect(await server.heartbeat(within: .milliseconds(1)) == false)
        }
    }

    @Test func whatOutlivesTheDrainIsCut() async throws {
        let seen = Fates()
        let backend = try TestBackend { peer in
            try peer.send("hello")
            seen.put(peer.fate())
        }
        try await withProxy { server in
            let client = try Peer(to: try server.serve("service", [backend.backend]))
            #expect(try await client.receive(5) == "hello")
            #expect(await server.shutdown(drain: .milliseconds(20)) == 1)
            #expect(try await client.fate() == .reset)
            try await eventually("the backend sees it") { seen.last == .reset }
            #expect(server.counters().total.active == 0)
        }
    }

    @Test func clientsOfAStoppedServerWaitForTheNextOne() async throws {
        let backend = try TestBackend.echo()
        try await withProxy { first in
            let port = try first.serve("service", [backend.backend])
            // What systemd's descriptor store holds between two runs.
            let kept = dup(try #require(first.descriptor(of: "service")))
            await first.shutdown(drain: .zero)
            let client = try Peer(to: port)
            try client.send("hello")
            #expect(throws: ProxyError.self) { try first.open("other", port: 0) }
            #expect(!first.setBackends("service", []))
            let second = try ProxyServer(settings: ProxySettings())
            #expect(try second.adopt("service", descriptor: kept) == port)
            second.setBackends("service", [backend.backend])
            #expect(try await client.receive(5) == "hello")
            client.close()
            await second.shutdown(drain: .zero)
        }
    }

    @Test func connectionsBeyondTheLimitAreResetAndCounted() async throws {
        let backend = try TestBackend.echo()
        try await withProxy {
            $0.maxConnections = 2
        } _: { server in
            let port = try server.serve("service", [backend.backend])
            let clients = try await Peer.clients(2, of: port)
            #expect(try await Peer.fate(of: port) == .reset)
            #expect(server.traffic("service").refused[.connectionLimit] == 1)
            #expect(server.shortage == ProxyShortage(connectionLimit: 1))
            clients[0].close()
            try await eventually("there is room again") { server.traffic("service").active == 1 }
            let late = try Peer(to: port)
            #expect(try await late.echoes("in"))
            #expect(try await clients[1].echoes("still in"))
        }
    }

    @Test func everyKindOfEndUnderLoadLeavesNothingBehind() async throws {
        let backend = try TestBackend { peer in
            let piece = try peer.receiveSome()
            switch piece.first.map({ $0 % 3 }) {
            case 0: peer.reset()
            case 1: try peer.send(piece)
            default:
                try peer.send(piece)
                peer.endWriting()
                _ = peer.fate()
            }
        }
        let dead = try DeadBackend()
        try await withProxy { server in
            let port = try server.serve("service", [backend.backend, dead.backend])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        try await onThread {
                            for round in 0..<150 {
                                let client = try Peer(to: port)
                                do { try client.send([UInt8(truncatingIfNeeded: round)]) } catch {}
                                switch (worker + round) % 4 {
                                case 0: client.reset()
                                case 1: client.endWriting()
                                case 2: _ = client.fate()
                                default: break
                                }
                                client.close()
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("all are taken") { server.traffic("service").accepted == 600 }
            try await eventually("none is left") { server.traffic("service").active == 0 }
            try await eventually("nothing is held for them") {
                server.counters().bufferedBytes == 0 && server.loads.allSatisfy { $0 == 0 }
            }
        }
    }
}

extension ProxyServer {
    /// Connections each worker holds.
    fileprivate var loads: [Int] { context.mailboxes.map { $0.load.load(ordering: .relaxed) } }
}

/// How many of this process's epoll sets watch `descriptor` (proc(5): fdinfo has a line `tfd: NUMBER …` for each watch).
private func epollSetsWatching(_ descriptor: Int32) -> Int {
    (0..<Int32(4096)).reduce(0) { count, number in
        guard let file = fopen("/proc/self/fdinfo/\(number)", "r") else { return count }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        var isWatched = false
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split(whereSeparator: \.isWhitespace)
            isWatched = isWatched || words.first == "tfd:" && words.dropFirst().first == "\(descriptor)"
        }
        return isWatched ? count + 1 : count
    }
}
