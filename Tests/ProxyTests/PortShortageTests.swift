import Glibc
import Testing

@testable import Proxy

/// What happens when no source port is left towards a backend, in a network namespace with four of them.
@Suite struct PortShortageTests {
    @Test func withoutAPortTowardsABackendTheNextOneIsTried() async throws {
        await #expect(processExitsWith: .success) {
            try await onThread {
                try PortNamespace.enter()
                let crowded = try TestBackend.echo()
                let other = try TestBackend.echo()
                var settings = ProxySettings()
                settings.workers = 1
                let server = try ProxyServer(settings: settings)
                // Two listeners of one backend: clients have four ports towards each, the proxy four towards the backend.
                let first = try server.serve("first", [crowded.backend])
                let alone = try server.serve("alone", [crowded.backend])
                let both = try server.serve("both", [crowded.backend, other.backend])
                try PortNamespace.leave(ports: 50_000...50_003)
                let clients = try (0..<4).map { _ in try Peer(to: first) }
                for client in clients { #expect(try client.echoes("x")) }

                #expect(Peer.fate(of: alone) == .reset)
                #expect(server.traffic("alone").refused[.noLocalPort] == 1)
                #expect(server.shortage == ProxyShortage(noLocalPort: 1))
                for client in try (0..<2).map({ _ in try Peer(to: both) }) {
                    #expect(try client.echoes("by the other one"))
                }
                // The node's want is not counted as a failure of the backend.
                let total = server.counters().total
                #expect(total.dialFailures == 0 && total.refused[.allBackendsFailed] == 0)
            }
        }
    }
}

/// The calling thread's own network: what it and the threads it starts open lies in there.
private enum PortNamespace {
    static func enter() throws {
        // unshare(2) and its flag are not in Swift's Glibc module.
        typealias Unshare = @convention(c) (Int32) -> Int32
        let newNetwork: Int32 = 0x4000_0000
        let symbol = try #require(dlsym(nil, "unshare"))
        try #require(unsafeBitCast(symbol, to: Unshare.self)(newNetwork) == 0, "needs root")
        // netdevice(7): SIOCSIFFLAGS takes 16 bytes of name, then the flags, here IFF_UP.
        var request = [UInt8](repeating: 0, count: 40)
        request.replaceSubrange(0..<2, with: Array("lo".utf8))
        request[16] = 1
        let socket = Peer()
        try #require(ioctl(socket.raw, 0x8914, &request) == 0)
    }

    /// From here on the kernel chooses source ports among these.
    static func leave(ports: ClosedRange<Int>) throws {
        let file = try #require(fopen("/proc/sys/net/ipv4/ip_local_port_range", "w"))
        fputs("\(ports.lowerBound) \(ports.upperBound)", file)
        try #require(fclose(file) == 0)
    }
}
