import Glibc
import NodeKit
import Testing

@testable import Wire

@Suite struct DescriptorTests {
    @Test func noDescriptorIsLeftBehind() async {
        // In a process of its own, where nobody else opens anything.
        await #expect(processExitsWith: .success) {
            // Once before counting: the first use opens what stays.
            try await exerciseConnections()
            let before = try openDescriptors()
            for _ in 0..<3 { try await exerciseConnections() }
            try await eventually("all descriptors are closed") { try openDescriptors() == before }
        }
    }

    @Test func withoutDescriptorsAcceptingRestsInsteadOfSpinning() async {
        await #expect(processExitsWith: .success) {
            let first = Handover<LineConnection>()
            try await withServer { connection in
                first.leave(connection)
                while await connection.nextBatch() != nil {}
            } _: { server, port in
                let early = try RawSocket.connect(port: port)
                let connection = try await first.take()
                let late = try RawSocket.unconnected()
                let limit = try descriptorLimit()
                try setDescriptorLimit(256)
                while dup(0) >= 0 {}

                try late.connect(port: port)
                // Short, and nothing sleeps: once a second Dispatch opens a file to see how busy its threads are, and
                // its timers open descriptors; where it cannot it ends the process.
                for _ in 0..<1_000_000 where server.counters.acceptFailures == 0 { sched_yield() }
                let failedOnce = server.counters.acceptFailures > 0
                // The connection that waits makes the listener readable in every round of the event loop, and each question
                // to a connection is a round.
                for _ in 0..<50 { _ = await connection.held() }
                let counters = server.counters
                try setDescriptorLimit(limit)

                #expect(failedOnce)
                #expect(counters.acceptFailures <= 2)
                #expect(counters.accepted == 1)
                try await eventually("the late one is accepted") { server.counters.accepted == 2 }
                early.close()
            }
        }
    }
}

/// The soft limit of this process on descriptors.
private func descriptorLimit() throws -> rlim_t {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        throw RawSocket.Failure(call: "getrlimit")
    }
    return limit.rlim_cur
}

private func setDescriptorLimit(_ count: rlim_t) throws {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        throw RawSocket.Failure(call: "getrlimit")
    }
    limit.rlim_cur = count
    guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        throw RawSocket.Failure(call: "setrlimit")
    }
}

/// Connections that end in every way, over TCP and a socket file.
private func exerciseConnections() async throws {
    let folder = try TestFolder()
    var limits = LineLimits()
    limits.maxConnections = 4
    try await withServer(limits: limits, session: describeLines) { server, port in
        let path = folder.path + "/agent.sock"
        try await server.bind(unixPath: path)
        for _ in 0..<5 {
            let polite = try RawSocket.connect(port: port)
            try await polite.writeLine("{}")
            polite.finishSending()
            _ = try await polite.readAll()
            let rude = try RawSocket.connect(port: port)
            try await rude.write("{")
            rude.reset()
            let local = try RawSocket.connect(path: path)
            try await local.writeLine("GET / HTTP/1.1")
            _ = try await local.readAll()
        }
        // More than there are places, and left open at the end.
        let many = try (0..<8).map { _ in try RawSocket.connect(port: port) }
        try await eventually("some are refused") { server.counters.refused > 0 }
        let client = try await LineClient.connect(host: "127.0.0.1", port: port)
        await client.close()
        many.forEach { $0.close() }
    }
}
