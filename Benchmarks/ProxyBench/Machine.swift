import CLinux
import Glibc

func printLine(_ text: String) {
    print(text)
    fflush(nil)
}

func report(_ text: String) {
    _ = (text + "\n").withCString { write(2, $0, strlen($0)) }
}

/// As many descriptors as the hard limit allows; root raises that as well.
func raiseDescriptorLimit() {
    var limit = rlimit(rlim_cur: 200_000, rlim_max: 200_000)
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    if setrlimit(resource, &limit) == 0 { return }
    getrlimit(resource, &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
}

func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    // Balanced by takeRetainedValue in the thread, which alone gets the pointer.
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box)
    pthread_detach(thread)
}

func withLoopback<Result>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

func listenOnLoopback() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard withLoopback(0, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 4096) == 0 else {
        throw BenchError("cannot listen: \(String(cString: strerror(errno)))")
    }
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return (descriptor, UInt16(bigEndian: name.sin_port))
}

func connectToLoopback(_ port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0, withLoopback(port, { connect(descriptor, $0, $1) }) == 0 else {
        throw BenchError("cannot connect to port \(port): \(String(cString: strerror(errno)))")
    }
    return descriptor
}

func contents(of path: String) -> String {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while case let count = read(file, &piece, piece.count), count > 0 { text += piece[..<count] }
    return String(decoding: text, as: UTF8.self)
}

/// Resident memory of a process, in bytes.
func residentBytes(_ pid: pid_t) -> Int {
    let line = contents(of: "/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    return (kibibytes ?? 0) * 1024
}

/// Processor time all threads of a process have used, in seconds. From the scheduler's own account: the ticks of proc(5)'s
/// stat favour whoever runs in shorter pieces.
func processorSeconds(_ pid: pid_t) -> Double {
    guard let folder = opendir("/proc/\(pid)/task") else { return 0 }
    defer { closedir(folder) }
    var nanoseconds = 0.0
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        let account = contents(of: "/proc/\(pid)/task/\(name)/schedstat")
        nanoseconds += account.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
    return nanoseconds / 1e9
}
