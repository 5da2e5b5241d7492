import Glibc
import Testing

/// The names in a folder, sorted.
func namesIn(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// The file's bytes as text, or `nil` if there is no such file.
func text(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
}

/// Writes a file as a user's editor would: not atomically.
func put(_ text: String, at path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
}

/// Neither gone nor a zombie.
func isAlive(_ process: pid_t) -> Bool {
    guard let status = text(of: "/proc/\(process)/stat"), let end = status.lastIndex(of: ")") else { return false }
    return status[end...].dropFirst(2).first != "Z"
}

/// A datagram socket bound to the path.
func datagramSocket(at path: String) throws -> Int32 {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(socket >= 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    try #require(bound == 0)
    return socket
}

/// For tests in a process of their own: what this thread mounts from here on, nobody else sees, and it goes with the process.
/// The body of the test must not await anything after it, because it might go on in another thread.
func enterMountNamespace() throws {
    // unshare(2) is not in Swift's Glibc module.
    typealias Unshare = @convention(c) (Int32) -> Int32
    let symbol = try #require(dlsym(nil, "unshare"))
    let newMountNamespace: Int32 = 0x0002_0000
    try #require(unsafeBitCast(symbol, to: Unshare.self)(newMountNamespace) == 0, "needs root")
    try #require(mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0)
}
