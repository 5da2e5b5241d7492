import Glibc
import Synchronization

@testable import Proxy

/// Long streams of bytes that can be told from each other and checked without being kept: one block, over and over. Its length
/// is a prime, so that a piece that was lost, doubled or moved does not fit the next one.
enum Stream {
    private static let length = 65_521
    private static let blocks: [[UInt8]] = (1...3).map { seed in
        var state = UInt64(seed)
        return (0..<length).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    /// Sends `bytes` bytes of stream `seed`, 0…2, then ends.
    static func send(_ peer: Peer, seed: Int, _ bytes: Int) throws {
        let block = blocks[seed]
        for _ in 0..<bytes / length { try peer.send(block) }
        try peer.send(Array(block.prefix(bytes % length)))
        peer.endWriting()
    }

    /// Reads to the end; whether it was exactly `bytes` bytes of stream `seed`.
    static func receive(_ peer: Peer, seed: Int, _ bytes: Int) throws -> Bool {
        let block = blocks[seed]
        var received = 0
        var isExact = true
        while case let piece = try peer.receiveSome(atMost: length - received % length), !piece.isEmpty {
            let begin = received % length
            // memcmp: comparing byte by byte takes minutes in a debug build.
            isExact = isExact && memcmp(Array(block[begin...]), piece, piece.count) == 0
            received += piece.count
        }
        return isExact && received == bytes
    }

    /// Sends one stream while it receives the other; throws unless all of both has arrived.
    static func exchange(_ peer: Peer, sending: Int, expecting: Int, _ bytes: Int) throws {
        startThread {
            // A failure shows at the other end, which misses the rest.
            do { try send(peer, seed: sending, bytes) } catch {}
        }
        guard try receive(peer, seed: expecting, bytes) else {
            throw Peer.Failure(description: "the stream was damaged")
        }
    }
}

/// What a backend's thread has seen last.
final class Slot<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    func put(_ new: Value) { value.withLock { $0 = new } }
    var last: Value? { value.withLock { $0 } }
}

typealias Inbox = Slot<[UInt8]>
typealias Fates = Slot<Peer.Fate>
