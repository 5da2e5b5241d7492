import Glibc
import Synchronization

@testable import Proxy

/// A blocking TCP socket of a test's: the client of a relay or its backend. Every wait in it has a limit, so that a defect
/// fails a test instead of hanging it.
final class Peer: Sendable {
    /// How a peer learns that there is nothing more to read.
    enum Fate: Equatable {
        case ended, reset, refused, silent
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Generous: the machine may be busy with other tests.
    static let patience = 30

    private let socket: Atomic<Int32>

    var raw: Int32 { socket.load(ordering: .relaxed) }

    init(owning raw: Int32) {
        socket = Atomic(raw)
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(raw, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Connects to `port` on loopback.
    convenience init(to port: UInt16) throws {
        self.init()
        try connect(to: port)
    }

    /// Not connected yet.
    convenience init() {
        self.init(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
    }

    func connect(to port: UInt16) throws {
        let result = SocketCalls.withAddress(loopback, port) { Glibc.connect(raw, $0, $1) }
        guard result == 0 else { throw Failure(description: "connect: errno \(errno)") }
    }

    deinit {
        close()
    }

    func close() {
        let raw = socket.exchange(-1, ordering: .relaxed)
        if raw >= 0 { _ = Glibc.close(raw) }
    }

    func send(_ bytes: [UInt8], flags: Int32 = 0) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(raw, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL) | flags)
            }
            guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
            sent += count
        }
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// What is there, at most `limit` bytes; empty at the end of the stream.
    func receiveSome(atMost limit: Int = 64 << 10) throws -> [UInt8] {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            count = recv(raw, buffer.baseAddress, limit, 0)
            filled = max(0, count)
        }
        guard count >= 0 else { throw Failure(description: "recv: errno \(errno)") }
        return bytes
    }

    /// Exactly as many bytes as `text` has, as text.
    func receive(_ count: Int) throws -> String {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let piece = try receiveSome(atMost: count - bytes.count)
            guard !piece.isEmpty else { throw Failure(description: "the stream ended after \(bytes.count) bytes") }
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Everything up to the end of the stream; throws if it ends in a reset.
    func receiveToEnd() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while case let piece = try receiveSome(), !piece.isEmpty { bytes += piece }
        return bytes
    }

    /// Sends `text` and expects it back.
    func echoes(_ text: String) throws -> Bool {
        try send(text)
        return try receive(text.utf8.count) == text
    }

    /// Reads, and drops, until the stream is over.
    func fate() -> Fate {
        var byte = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(raw, &byte, byte.count, 0)
            if count == 0 { return .ended }
            if count < 0 { return errno == ECONNRESET ? .reset : .silent }
        }
    }

    /// What becomes of a client of `port` that only waits.
    static func fate(of port: UInt16) -> Fate {
        let peer = Peer()
        let result = SocketCalls.withAddress(loopback, port) { Glibc.connect(peer.raw, $0, $1) }
        guard result == 0 else { return errno == ECONNREFUSED ? .refused : .reset }
        return peer.fate()
    }

    func endWriting() {
        _ = shutdown(raw, Int32(SHUT_WR))
    }

    /// Closes with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(raw, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}

/// The same for tests, which are tasks: they wait on a thread of their own, so that a test that waits holds up no other.
extension Peer {
    func receive(_ count: Int) async throws -> String {
        try await onThread { try self.receive(count) }
    }

    func receiveToEnd() async throws -> [UInt8] {
        try await onThread { try self.receiveToEnd() }
    }

    func echoes(_ text: String) async throws -> Bool {
        try await onThread { try self.echoes(text) }
    }

    func fate() async throws -> Fate {
        try await onThread { self.fate() }
    }

    /// That many clients of an echoing service, one after the other, each of which has had an answer.
    static func clients(_ count: Int, of port: UInt16) async throws -> [Peer] {
        try await onThread {
            try (0..<count).map { index in
                let client = try Peer(to: port)
                guard try client.echoes("\(index)") else { throw Failure(description: "client \(index) heard another") }
                return client
            }
        }
    }

    /// What that many clients of a service are told before its end, one after the other.
    static func answers(_ count: Int, of port: UInt16) async throws -> [String] {
        try await onThread {
            try (0..<count).map { _ in String(decoding: try Peer(to: port).receiveToEnd(), as: UTF8.self) }
        }
    }

    static func fate(of port: UInt16) async throws -> Fate {
        try await onThread { self.fate(of: port) }
    }
}

let loopback: UInt32 = 0x7F00_0001
