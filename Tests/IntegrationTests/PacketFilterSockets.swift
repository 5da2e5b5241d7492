import Glibc

/// A TCP socket of a test, blocking, with a bound on every wait.
final class TestSocket: Sendable {
    /// What the busiest machine needs for a handshake on loopback, many times over.
    private static let patience = timeval(tv_sec: 20, tv_usec: 0)

    private let raw: Int32

    private init(raw: Int32) throws {
        self.raw = raw
        guard raw >= 0 else { throw CallFailed("socket") }
        var patience = Self.patience
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(raw, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private static func make() throws -> TestSocket {
        try TestSocket(raw: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    }

    deinit { close(raw) }

    /// Listens on every address of the namespace it is called in, at a port the kernel chooses.
    static func listen() throws -> TestSocket {
        let socket = try make()
        guard try withAddress(0, 0, { bind(socket.raw, $0, $1) }) == 0 else { throw CallFailed("bind") }
        guard Glibc.listen(socket.raw, 16) == 0 else { throw CallFailed("listen") }
        return socket
    }

    /// Connects from the namespace it is called in to an IPv4 address in host byte order.
    static func connect(to address: UInt32, port: UInt16) throws -> TestSocket {
        let socket = try make()
        guard try withAddress(address, port, { Glibc.connect(socket.raw, $0, $1) }) == 0 else {
            throw CallFailed("connect")
        }
        return socket
    }

    func accept() throws -> TestSocket { try TestSocket(raw: Glibc.accept(raw, nil, nil)) }

    /// A second descriptor of the same socket, for whoever takes ownership.
    func duplicate() throws -> Int32 {
        let copy = fcntl(raw, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw CallFailed("dup") }
        return copy
    }

    var port: UInt16 {
        get throws {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                // A sockaddr_in is one of the kinds of sockaddr that getsockname fills.
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
            }
            guard result == 0 else { throw CallFailed("getsockname") }
            return UInt16(bigEndian: address.sin_port)
        }
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(raw, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw CallFailed("send") }
    }

    /// What comes next, at most 100 bytes.
    func receive() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = recv(raw, &bytes, bytes.count, 0)
        guard count >= 0 else { throw CallFailed("recv") }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func withAddress(
        _ address: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = address.bigEndian
        return withUnsafePointer(to: &name) { pointer in
            // A sockaddr_in is one of the kinds of sockaddr that bind and connect take.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
