import Glibc
import NodeKit
import Testing

@testable import Proxy

/// More slow readers than there is memory for: their bytes stay in the kernel, nothing is lost, and nobody else waits for them.
@Suite struct BufferBoundTests {
    /// Of one worker, in buffers.
    private static let bound = 2
    private static let slowReaders = 6
    /// More than the kernel takes for both sockets of a connection.
    private static let bytes = 24 << 20

    private func withBound(_ body: (ProxyServer) async throws -> Void) async throws {
        try await withProxy {
            $0.workers = 1
            $0.maxBufferedBytes = Self.bound * RelayBuffer.capacity
        } _: {
            try await body($0)
        }
    }

    @Test func slowReadersHoldNoMoreThanTheBoundAndNobodyUp() async throws {
        let bytes = Self.bytes
        let flood = try TestBackend { peer in
            try Stream.send(peer, seed: 1, bytes)
            _ = peer.fate()
        }
        let exchange = try TestBackend { peer in try Stream.exchange(peer, sending: 2, expecting: 0, bytes) }
        try await withBound { server in
            let port = try server.serve("flood", [flood.backend])
            let slow = try (0..<Self.slowReaders).map { _ in try Peer(to: port) }
            try await standsStill(server, "flood")
            #expect(server.counters().bufferedBytes == UInt64(Self.bound * RelayBuffer.capacity))

            // With the bound used up, others get all of theirs through, both ways.
            let fast = try Peer(to: try server.serve("exchange", [exchange.backend]))
            try await onThread { try Stream.exchange(fast, sending: 0, expecting: 2, bytes) }
            #expect(server.counters().bufferedBytes == UInt64(Self.bound * RelayBuffer.capacity))

            for reader in slow {
                let isWhole = try await onThread { try Stream.receive(reader, seed: 1, bytes) }
                #expect(isWhole)
                reader.endWriting()
            }
            try await eventually("all have ended") { server.counters().total.active == 0 }
            #expect(server.counters().bufferedBytes == 0)
            #expect(server.traffic("flood").bytesFromBackends == UInt64(Self.slowReaders * bytes))
            #expect(server.counters().total.resets == 0)
        }
    }

    @Test func aPeerThatVanishesBeyondTheBoundResetsTheOther() async throws {
        let fates = Fates()
        let bytes = Self.bytes
        let flood = try TestBackend { peer in
            do { try Stream.send(peer, seed: 1, bytes) } catch { fates.put(.reset) }
        }
        try await withBound { server in
            let port = try server.serve("flood", [flood.backend])
            let slow = try (0..<Self.slowReaders).map { _ in try Peer(to: port) }
            try await standsStill(server, "flood")
            for reader in slow { reader.reset() }
            try await eventually("all are gone") { server.traffic("flood").active == 0 }
            #expect(server.traffic("flood").resets == UInt64(Self.slowReaders))
            try await eventually("a backend sees it") { fates.last == .reset }
        }
    }

    /// Returns when every reader's connection relays, the bound is used up, and a hundred looks in a row see no byte move:
    /// whoever waits for its reader has filled the sockets.
    private func standsStill(_ server: ProxyServer, _ name: String) async throws {
        var before: UInt64 = 0
        var looks = 0
        try await eventually("nothing moves") {
            let traffic = server.traffic(name)
            let isFull = server.counters().bufferedBytes >= Self.bound * RelayBuffer.capacity
            let isStill = traffic.active == Self.slowReaders && traffic.bytesFromBackends == before
            looks = isFull && isStill ? looks + 1 : 0
            before = traffic.bytesFromBackends
            return looks == 100
        }
    }
}
