import Glibc
import NodeKit
import Testing

@testable import Proxy

/// What concerns the process's descriptors as a whole, each in a process of its own.
@Suite struct ShortageTests {
    // While descriptors are short these tests stay off Swift's tasks: libdispatch ends the process if it has work queued and
    // cannot open its own /proc/self/stat.

    @Test func withoutDescriptorsClientsWaitAndNothingSpins() async throws {
        await #expect(processExitsWith: .success) {
            let backend = try TestBackend.echo()
            let pause = Duration.milliseconds(20)
            try await withProxy {
                $0.acceptPause = pause
            } _: { server in
                let port = try server.serve("service", [backend.backend])
                try await onThread {
                    let first = try Peer(to: port)
                    guard try first.echoes("works") else { throw NeverHappened(description: "echo") }
                    let clients = (0..<3).map { _ in Peer() }
                    let limit = try Descriptors.exhaust(leaving: 0)
                    // The kernel takes them into the backlog; nobody can accept them.
                    for client in clients { try client.connect(to: port) }
                    let begin = ContinuousClock.now
                    let before = server.shortage.acceptPauses
                    try soon("it has paused a few times") { server.shortage.acceptPauses >= before + 8 }
                    // Two workers with one listener each pause at most once per 20 ms, however busy the machine is.
                    #expect(ContinuousClock.now - begin >= pause * 3)
                    #expect(try first.echoes("still works"))
                    try Descriptors.restore(limit)
                    for client in clients { #expect(try client.echoes("served in the end")) }
                    #expect(server.traffic("service").refused.values.allSatisfy { $0 == 0 })
                }
            }
        }
    }

    @Test func withoutADescriptorForTheBackendTheClientWaitsAndIsServed() async throws {
        await #expect(processExitsWith: .success) {
            let backend = try TestBackend.echo()
            try await withProxy {
                $0.workers = 1
                $0.descriptorReserve = 0
                $0.dialTimeouts = Array(repeating: .seconds(2), count: 8)
            } _: { server in
                let port = try server.serve("service", [backend.backend])
                try await onThread {
                    let client = Peer()
                    // One is left to accept it with, and none to dial with.
                    let limit = try Descriptors.exhaust(leaving: 1)
                    try client.connect(to: port)
                    try soon("it is accepted") { server.traffic("service").active == 1 }
                    try Descriptors.restore(limit)
                    #expect(try client.echoes("served in the end"))
                    #expect(server.traffic("service").dialFailures == 0)
                }
            }
        }
    }

    @Test func aReserveOfDescriptorsIsLeftToTheProcess() async throws {
        await #expect(processExitsWith: .success) {
            try Descriptors.limit(to: 400)
            let backend = try TestBackend.echo()
            try await withProxy {
                $0.descriptorReserve = 100
                $0.maxConnections = 1000
            } _: { server in
                let port = try server.serve("service", [backend.backend])
                var clients: [Peer] = []
                while server.traffic("service").refused[.exhausted] == 0 {
                    let client = try Peer(to: port)
                    do {
                        guard try await client.echoes("x") else { break }
                        clients.append(client)
                    } catch { #expect(server.traffic("service").refused[.exhausted] == 1) }
                }
                #expect(clients.count > 20)
                #expect(server.shortage.exhausted == 1)
                // No client was let in with a number of 300 or more; a few of the test's own are.
                let spare = (0..<90).map { _ in dup(2) }
                #expect(spare.allSatisfy { $0 >= 0 })
                for descriptor in spare { _ = close(descriptor) }
                #expect(throws: ProxyError.self) { for index in 0..<100 { _ = try server.open("\(index)", port: 0) } }
                for client in clients { #expect(try await client.echoes("still there")) }
            }
        }
    }

    @Test func everyDescriptorIsGivenBack() async throws {
        await #expect(processExitsWith: .success) {
            let backend = try TestBackend.echo()
            let dead = try DeadBackend()
            // The first round also opens what the language's run time keeps, such as its epoll set.
            try await Descriptors.useMany(dead.backend, backend.backend)
            let before = Descriptors.count
            try await Descriptors.useMany(dead.backend, backend.backend)
            try await eventually("no more are open than before") { Descriptors.count <= before }
        }
    }

    @Test func aServerThatIsDroppedEndsItsWorkers() async throws {
        await #expect(processExitsWith: .success) {
            try await Task.sleep(for: .milliseconds(1))  // opens the epoll set of the language's run time
            let before = Descriptors.count
            do {
                let server = try ProxyServer(settings: ProxySettings())
                _ = try server.serve("service", [])
            }
            try await eventually("no more are open than before") { Descriptors.count <= before }
        }
    }

    @Test func thousandsOfIdleConnectionsHoldNoBuffers() async throws {
        await #expect(processExitsWith: .success) {
            let count = 2000
            try Descriptors.raise(to: 4 * count + 100)
            let backend = try TestBackend.echo()
            try await withProxy {
                $0.maxConnections = count + 10
            } _: { server in
                let port = try server.serve("service", [backend.backend])
                let clients = try await Peer.clients(count, of: port)
                try await eventually("all are idle") { server.counters().bufferedBytes == 0 }
                #expect(server.traffic("service").active == UInt64(count))
                for client in clients { #expect(try await client.echoes("again")) }
                for client in clients { client.close() }
                try await eventually("all are gone") { server.traffic("service").active == 0 }
            }
        }
    }

    @Test func thousandsOfListenersServe() async throws {
        await #expect(processExitsWith: .success) {
            let count = 2000
            try Descriptors.raise(to: count + 200)
            let backend = try TestBackend.named("x")
            try await withProxy { server in
                let ports = try (0..<count).map { try server.serve("service-\($0)", [backend.backend]) }
                for port in stride(from: 0, to: count, by: 97).map({ ports[$0] }) {
                    #expect(try await Peer.answers(1, of: port) == ["x"])
                }
                for index in 0..<count { server.close("service-\(index)") }
                #expect(await server.heartbeat(within: .seconds(Peer.patience)))
                #expect(try await Peer.fate(of: ports[5]) == .refused)
            }
        }
    }
}

/// This process's table of descriptors.
enum Descriptors {
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    /// Open descriptors, without the timers that the language's run time opens when it likes.
    static var count: Int {
        (0..<Int32(4096)).reduce(0) { count, number in
            fcntl(number, F_GETFD) >= 0 && !isTimer(number) ? count + 1 : count
        }
    }

    private static func isTimer(_ number: Int32) -> Bool {
        let timer = Array("anon_inode:[timerfd]".utf8)
        var name = [UInt8](repeating: 0, count: 64)
        name.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                if let start = text.baseAddress { _ = readlink("/proc/self/fd/\(number)", start, text.count) }
            }
        }
        return name.starts(with: timer)
    }

    /// A server with many listeners and connections, from its beginning to its end.
    static func useMany(_ dead: Backend, _ live: Backend) async throws {
        try await withProxy { server in
            for index in 0..<20 { _ = try server.open("idle-\(index)", port: 0) }
            let port = try server.serve("service", [dead, live])
            for (round, client) in try await Peer.clients(200, of: port).enumerated() {
                if round % 2 == 0 { client.reset() } else { client.close() }
            }
            for index in 0..<10 { server.close("idle-\(index)") }
            let open = try await Peer.clients(1, of: port)
            await server.shutdown(drain: .zero)
            for client in open { #expect(try await client.fate() == .reset) }
            for client in open { client.close() }
        }
    }

    /// Lowers the limit so that just `spare` more descriptors can be opened; the limit before.
    static func exhaust(leaving spare: Int) throws -> rlimit {
        var before = rlimit()
        getrlimit(resource, &before)
        // Fill the holes below the highest open one, then put the limit `spare` above it.
        var highest: Int32 = 0
        for number in 0..<Int32(4096) where fcntl(number, F_GETFD) >= 0 { highest = number }
        while case let filler = dup(2), filler >= 0, filler <= highest { continue }
        for number in highest + 1..<4096 where fcntl(number, F_GETFD) >= 0 { _ = close(number) }
        var lowered = rlimit(rlim_cur: rlim_t(highest) + 1 + rlim_t(spare), rlim_max: before.rlim_max)
        guard setrlimit(resource, &lowered) == 0 else { throw Peer.Failure(description: "setrlimit: errno \(errno)") }
        return before
    }

    static func restore(_ limit: rlimit) throws {
        var limit = limit
        guard setrlimit(resource, &limit) == 0 else { throw Peer.Failure(description: "setrlimit: errno \(errno)") }
    }

    /// Sets the limit.
    static func limit(to count: Int) throws {
        var limit = rlimit()
        getrlimit(resource, &limit)
        limit.rlim_cur = rlim_t(count)
        try restore(limit)
    }

    static func raise(to count: Int) throws {
        var limit = rlimit()
        getrlimit(resource, &limit)
        guard limit.rlim_cur < rlim_t(count) else { return }
        limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
        guard limit.rlim_cur >= rlim_t(count), setrlimit(resource, &limit) == 0 else {
            throw Peer.Failure(description: "this test needs \(count) descriptors")
        }
    }
}
