import Glibc

/// Something about the machine as it was found, and what a person should do about it.
public struct Probed<Value: Sendable & Equatable>: Sendable, Equatable {
    /// `nil` if the kernel does not have it or it could not be read.
    public var value: Value?
    /// One sentence with the setting's name and the command; `nil` if all is well.
    public var advice: String?

    /// As found.
    public init(_ value: Value?, advice: String? = nil) {
        self.value = value
        self.advice = advice
    }
}

/// So many of something of which there is an end.
public struct Usage: Sendable, Equatable {
    /// In use now.
    public var used: Int
    /// All there is.
    public var limit: Int

    /// 0…1, and 1 where there is nothing to use.
    public var fraction: Double { limit > 0 ? Double(used) / Double(limit) : 1 }

    /// Counts of the same thing.
    public init(used: Int, limit: Int) {
        self.used = used
        self.limit = limit
    }
}

/// Space that is left on a file system for the process's user.
public struct FreeSpace: Sendable, Equatable {
    /// Bytes that can still be written.
    public var bytes: Int
    /// Files that can still be made; `Int.max` on a file system that does not count them.
    public var files: Int

    /// As counted.
    public init(bytes: Int, files: Int) {
        self.bytes = bytes
        self.files = files
    }
}

/// Looks at the machine at start-up, so that the first line of the log says what would otherwise be found out in the
/// hundredth failure. It changes nothing but this process's own descriptor limit: sysctls are the administrator's.
public struct HostProbe: Sendable {
    /// From here on the table of connections is called nearly full: new ones are dropped when it is.
    public static let connectionsNearlyFull = 0.8
    /// Room for the stored state of some 10,000 objects, twice over while it is compacted.
    public static let leastFreeBytes = 64 * 1024 * 1024
    /// A handful for the state folder, the rest for whoever else needs some at the same time.
    public static let leastFreeFiles = 100
    /// Largest file of /proc that is read.
    private static let fileLimit = 4096

    private let root: String

    /// - Parameter root: folder in place of `/`, for tests; no `/` at its end.
    public init(root: String = "") { self.root = root }

    /// Whether the kernel forwards packets: without it pods reach nothing but this machine. Services need none of it: REDIRECT
    /// ends at a socket of this machine, wherever the client is.
    public func ipForwarding() -> Probed<Bool> {
        guard let value = number("/proc/sys/net/ipv4/ip_forward") else {
            return Probed(nil, advice: "net.ipv4.ip_forward cannot be read: is /proc mounted?")
        }
        guard value == 0 else { return Probed(true) }
        return Probed(
            false,
            advice: """
                net.ipv4.ip_forward is 0: pods reach nothing but this machine; run sysctl -w net.ipv4.ip_forward=1 and \
                put that line into /etc/sysctl.d
                """)
    }

    /// Entries of the connection-tracking table; every proxied connection takes two. `nil` without advice while nothing on
    /// the machine tracks connections.
    public func connectionTracking() -> Probed<Usage> {
        guard let used = number("/proc/sys/net/netfilter/nf_conntrack_count"),
            let limit = number("/proc/sys/net/netfilter/nf_conntrack_max")
        else { return Probed(nil) }
        let usage = Usage(used: used, limit: limit)
        // A limit of 0 means none.
        guard limit > 0, usage.fraction >= Self.connectionsNearlyFull else { return Probed(usage) }
        return Probed(
            usage,
            advice: """
                \(used) of \(limit) tracked connections are in use, and the kernel drops new ones beyond: run sysctl -w \
                net.netfilter.nf_conntrack_max=\(limit * 2) and put that line into /etc/sysctl.d
                """)
    }

    /// What is left on the file system of an existing folder (statvfs(3)); `root` does not apply.
    public func freeSpace(of folder: String) -> Probed<FreeSpace> {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            return Probed(nil, advice: "the space left in \(folder) cannot be read: \(errorText(errno))")
        }
        return Self.judge(
            FreeSpace(
                bytes: Int(
                    clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0),
                files: status.f_files == 0 ? .max : Int(clamping: status.f_favail)),
            in: folder)
    }

    static func judge(_ space: FreeSpace, in folder: String) -> Probed<FreeSpace> {
        if space.bytes < leastFreeBytes {
            let left =
                "\(space.bytes / 1024 / 1024) MiB are left for \(folder), fewer than \(leastFreeBytes / 1024 / 1024)"
            return Probed(space, advice: left + ": make room, or nothing more can be stored")
        }
        if space.files < leastFreeFiles {
            let left = "\(space.files) files can still be made in \(folder), fewer than \(leastFreeFiles)"
            return Probed(space, advice: left + ": remove some, or nothing more can be stored")
        }
        return Probed(space)
    }

    /// Raises this process's soft limit of open descriptors to the hard one and returns it (getrlimit(2)). A proxied
    /// connection takes two, a service one. The advice comes if that is less than `wanted`, and names the systemd unit `unit`.
    public static func raiseDescriptorLimit(wanted: Int, unit: String) -> Probed<Int> {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else {
            return Probed(nil, advice: "the descriptor limit cannot be read: \(errorText(errno))")
        }
        var raised = limit
        raised.rlim_cur = raised.rlim_max
        if setrlimit(resource, &raised) == 0 { limit = raised }
        let value = Int(clamping: limit.rlim_cur)
        guard value < wanted else { return Probed(value) }
        return Probed(
            value,
            advice: """
                \(value) descriptors may be open, \(wanted) are wanted: set LimitNOFILE=\(wanted) in the unit \
                (systemctl edit \(unit))
                """)
    }

    /// This node's name: what `hostname -f` prints, as the node agent of 2014 took it (kubernetes-2014 §2), and the kernel's
    /// host name if that fails or is not answered in time, because it may ask a name server.
    public static func hostname(_ runner: any CommandRunning) async -> String {
        let command = Command("hostname", ["-f"], deadline: hostnameDeadline, outputLimit: fileLimit)
        do throws(CommandError) {
            let output = try await runner.run(command)
            let name = output.outputText.trimmed
            if output.status.isSuccess, !name.isEmpty { return name }
        } catch {
            // The fall-back is as good an answer as the node can give; the log shows the name in its first line.
        }
        var system = utsname()
        uname(&system)
        return withUnsafeBytes(of: &system.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// A resolver that does not answer must not keep the node from starting.
    private static let hostnameDeadline: Duration = .seconds(5)

    private func number(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    private func text(_ path: String) -> String? {
        guard let file = fopen(root + path, "re") else { return nil }
        defer { fclose(file) }
        // /proc files have no size, so OpenFile cannot read them.
        var bytes = [UInt8](repeating: 0, count: Self.fileLimit)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self).trimmed
    }
}
