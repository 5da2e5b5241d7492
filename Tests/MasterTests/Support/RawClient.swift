import Glibc
import NodeKit

/// A client that says and reads just what it is told, to be as slow or as silent as a test wants.
final class RawClient {
    /// The socket could not be made or used.
    struct Failure: Error {
        let code: Int32
    }

    private let descriptor: Int32
    /// Everything that was read.
    private(set) var received: [UInt8] = []
    /// Whether the other side has closed the connection.
    private(set) var isClosed = false

    /// Connects to a loopback port.
    /// - Parameter window: the receive buffer in bytes; 0 for the system's.
    init(port: Int, window: Int32 = 0) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if window > 0 {
            var size = window
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(code: errno) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Sends a text, which must fit into the system's buffer.
    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(code: errno)
        }
    }

    /// Takes some of what is there, without waiting: one who takes all there is may go on for as long as the other side writes.
    func read() {
        if isClosed { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            received += buffer[..<count]
        } else if count == 0 || errno == ECONNRESET {
            isClosed = true
        }
    }

    /// Waits for the end of the connection, and takes what comes before it.
    func untilClosed() async throws {
        try await eventually("the end of the connection") {
            read()
            return isClosed
        }
    }

    /// Waits for an answer that holds `words`.
    func until(_ words: String) async throws {
        try await eventually("\(words)") {
            read()
            return text.contains(words)
        }
    }

    /// What was read, as text.
    var text: String { String(decoding: received, as: UTF8.self) }
}
