import Glibc

/// The kernel's timer of the connected TCP socket with `localPort` (proc(5), `tr` and `tm->when` of /proc/net/tcp); `nil`
/// when there is no such socket.
func tcpTimer(localPort: Int) throws -> (kind: Int, dueIn: Int)? {
    let port = ":" + String(localPort, radix: 16, uppercase: true).leftPadded(to: 4)
    for row in try readFile("/proc/net/tcp").split(separator: "\n").dropFirst() {
        let fields = row.split(separator: " ")
        guard fields.count > 5, fields[1].hasSuffix(port), fields[3] == "01" else { continue }
        let timer = fields[5].split(separator: ":")
        guard timer.count == 2, let kind = Int(timer[0], radix: 16), let due = Int(timer[1], radix: 16) else {
            continue
        }
        return (kind, due)
    }
    return nil
}

/// How many descriptors this process has open.
func openDescriptors() throws -> Int {
    guard let folder = opendir("/proc/self/fd") else { throw RawSocket.Failure(call: "opendir") }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Less `.`, `..` and the folder's own.
    return count - 3
}

private func readFile(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw RawSocket.Failure(call: "fopen") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer.prefix(count)
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
