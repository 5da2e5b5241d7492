import Glibc

/// By which names and addresses this machine may be reached, for the certificate of its secure port.
enum HostAddresses {
    /// The host's name, `localhost`, and the addresses of its interfaces, without those that only make sense together with an
    /// interface (fe80::/10). What cannot be found out is left out.
    static func all() -> [String] {
        [hostname, "localhost"].filter { !$0.isEmpty } + interfaces()
    }

    /// The name of this machine as the kernel has it (gethostname(2)), in lower case; empty when it has none.
    static var hostname: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
    }

    /// The 4 or 16 bytes of a textual address; `nil` for a name.
    static func bytes(of host: String) -> [UInt8]? {
        var v4 = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, host, &v4) == 1 { return v4 }
        var v6 = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET6, host, &v6) == 1 ? v6 : nil
    }

    private static func interfaces() -> [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: [String] = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr else { continue }
            let family = Int32(address.pointee.sa_family)
            let size = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            guard family == AF_INET || family == AF_INET6 else { continue }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(address, socklen_t(size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            let words = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if !words.contains("%") { found.append(words) }
        }
        return found
    }
}
