import Glibc
import NodeKit
import Synchronization

/// A peer made of system calls, so that it can misbehave in every way a peer can. Nothing blocks: what has to wait polls.
final class RawSocket: Sendable {
    struct Failure: Error {
        var call: String
        var code = errno
    }

    let descriptor: Int32
    private let unread = Mutex<[UInt8]>([])
    private let isOpen = Mutex(true)

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close()
    }

    // MARK: Making

    /// A TCP socket that is not connected yet.
    static func unconnected() throws -> RawSocket {
        try make(AF_INET)
    }

    /// Connects to the port on loopback. `receiveBuffer` bytes bound what the kernel takes for a peer that does not read.
    static func connect(port: Int, receiveBuffer: Int32? = nil) throws -> RawSocket {
        let peer = try unconnected()
        if var size = receiveBuffer {
            setsockopt(peer.descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        try peer.connect(port: port)
        return peer
    }

    func connect(port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        try check("connect", Self.withGeneric(&address) { Glibc.connect(descriptor, $0, $1) })
        try unblock()
    }

    /// Connects to the socket file; without `blocking` a full queue is EAGAIN.
    static func connect(path: String, blocking: Bool = true) throws -> RawSocket {
        let peer = try make(AF_UNIX)
        if !blocking { try peer.unblock() }
        var address = unixAddress(path)
        try peer.check("connect", withGeneric(&address) { Glibc.connect(peer.descriptor, $0, $1) })
        try peer.unblock()
        return peer
    }

    /// Listens at `path`; closing it leaves the file behind, as a process that dies does.
    static func listen(path: String) throws -> RawSocket {
        let listener = try make(AF_UNIX)
        var address = unixAddress(path)
        try listener.check("bind", withGeneric(&address) { Glibc.bind(listener.descriptor, $0, $1) })
        try listener.check("listen", Glibc.listen(listener.descriptor, 8))
        return listener
    }

    /// Listens on loopback; what systemd would hand over.
    static func listen() throws -> (listener: RawSocket, port: Int) {
        let listener = try make(AF_INET)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        try listener.check("bind", withGeneric(&address) { Glibc.bind(listener.descriptor, $0, $1) })
        try listener.check("listen", Glibc.listen(listener.descriptor, 8))
        return (listener, try listener.localPort())
    }

    private static func make(_ family: Int32) throws -> RawSocket {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket") }
        return RawSocket(descriptor)
    }

    private static func unixAddress(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return address
    }

    private static func withGeneric<Address>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private func check(_ call: String, _ result: Int32) throws {
        if result < 0 { throw Failure(call: call) }
    }

    private func unblock() throws {
        try check("fcntl", fcntl(descriptor, F_SETFL, O_NONBLOCK))
    }

    // MARK: Talking

    /// Writes what the kernel takes now; 0 when its buffer is full.
    func writeSome(_ bytes: ArraySlice<UInt8>) throws -> Int {
        let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0 && errno != EAGAIN { throw Failure(call: "send") }
        return max(0, count)
    }

    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        try await eventually("the kernel takes \(bytes.count) bytes") {
            rest = rest.dropFirst(try writeSome(rest))
            return rest.isEmpty
        }
    }

    func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }

    func writeLine(_ text: String) async throws {
        try await write(text + "\n")
    }

    /// Sends FIN; replies still come.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends a listener for everybody who has its descriptor.
    func finishReceiving() {
        shutdown(descriptor, Int32(SHUT_RD))
    }

    /// The next line; `nil` at the peer's end. Throws `Failure` for a reset.
    func readLine() async throws -> String? {
        var line: String??
        try await eventually("a line or the end arrives") {
            line = try nextLine()
            return line != nil
        }
        return line ?? nil
    }

    /// Everything up to the peer's end.
    func readAll() async throws -> String {
        var bytes = unread.withLock { unread in
            defer { unread = [] }
            return unread
        }
        try await eventually("the peer ends") {
            while let chunk = try receive() {
                if chunk.isEmpty { return true }
                bytes += chunk
            }
            return false
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A line, `.some(nil)` at the end, `nil` when there is neither yet.
    private func nextLine() throws -> String?? {
        if let line = takeLine() { return line }
        guard let chunk = try receive() else { return nil }
        if chunk.isEmpty { return .some(nil) }
        unread.withLock { $0 += chunk }
        return takeLine().map(Optional.some)
    }

    private func takeLine() -> String? {
        unread.withLock { unread in
            guard let end = unread.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { unread.removeSubrange(...end) }
            return String(decoding: unread[..<end], as: UTF8.self)
        }
    }

    /// What has arrived; empty at the end, `nil` when nothing has.
    func receive() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0 {
            if errno == EAGAIN { return nil }
            throw Failure(call: "recv")
        }
        return Array(buffer.prefix(count))
    }

    /// Reads and drops bytes until there were `count`, or the peer's end; how many there were.
    func receive(atLeast count: Int) async throws -> Int {
        var received = 0
        try await eventually("\(count) bytes arrive") {
            while received < count, let chunk = try receive() {
                if chunk.isEmpty { return true }
                received += chunk.count
            }
            return received >= count
        }
        return received
    }

    /// The port of this end.
    func localPort() throws -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        try check("getsockname", found)
        return Int(in_port_t(bigEndian: address.sin_port))
    }

    // MARK: Ending

    /// Closes with a reset instead of a FIN: what a peer that crashed does to us.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { Glibc.close(descriptor) }
    }

    /// Gives the descriptor away: whoever gets it closes it.
    func release() -> Int32 {
        isOpen.withLock { $0 = false }
        return descriptor
    }
}
