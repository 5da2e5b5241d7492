import FoundationEssentials
import Glibc
import Machine
import Master
import NodeKit
import Synchronization

/// An etcd of one member on loopback ports, with its data in a folder of its own. It ends when it is stopped or let go of.
public final class EtcdServer: Sendable {
    /// It could not be started; Debian has it in package etcd-server.
    public struct Failure: Error, CustomStringConvertible {
        /// Why, with the end of its log.
        public let description: String
    }

    private struct Run {
        let process: pid_t
        let end: Task<Void, Never>
    }

    /// Where clients go.
    public let endpoint: String
    private let peer: String
    private let folder: TestFolder
    private let quota: Int
    private let run = Mutex<Run?>(nil)

    /// Starts one and waits until it answers.
    /// - Parameter quota: the bytes its database may have (`--quota-backend-bytes`).
    public init(quota: Int = 2 << 30) async throws {
        folder = try TestFolder()
        self.quota = quota
        let ports = try freePorts(2)
        endpoint = "http://127.0.0.1:\(ports[0])"
        peer = "http://127.0.0.1:\(ports[1])"
        try await start()
    }

    deinit { run.withLock { $0 }?.end.cancel() }

    /// Starts it again with the data it has, and waits until it answers.
    public func start() async throws {
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        // The shell says its process id, which then is etcd's. Short elections: with one member nobody else is asked.
        let words = [
            "etcd", "--name", "only", "--data-dir", "\(folder.path)/data", "--listen-client-urls", endpoint,
            "--advertise-client-urls", endpoint, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", "only=\(peer)", "--heartbeat-interval", "10", "--election-timeout", "100", "--logger",
            "zap", "--log-outputs", "\(folder.path)/log", "--quota-backend-bytes", "\(quota)",
        ]
        let end = Task {
            do {
                let command = Command("sh", ["-c", "echo $$; exec \"$@\"", "sh"] + words)
                _ = try await CommandRunner().stream(command) { feed.yield($0) }
            } catch {
                feed.yield("\(error)")
            }
            feed.finish()
        }
        let first = await lines.first { _ in true } ?? ""
        guard let process = pid_t(first) else { throw Failure(description: "etcd was not started: \(first)") }
        run.withLock { $0 = Run(process: process, end: end) }
        try await untilReady()
    }

    /// kill -9, and waits until it has gone.
    public func kill() async { await finish(SIGKILL) }

    /// Stops it as systemd would.
    public func stop() async { await finish(SIGTERM) }

    /// Keeps a copy of its data, while it is stopped.
    public func saveData() throws {
        try FileManager.default.copyItem(atPath: "\(folder.path)/data", toPath: "\(folder.path)/saved")
    }

    /// Puts the copy in place of its data, while it is stopped.
    public func restoreData() throws {
        try FileManager.default.removeItem(atPath: "\(folder.path)/data")
        try FileManager.default.copyItem(atPath: "\(folder.path)/saved", toPath: "\(folder.path)/data")
    }

    /// Stops it in its tracks; connections stay open. `resume` lets it go on.
    public func pause() { run.withLock { _ = $0.map { Glibc.kill($0.process, SIGSTOP) } } }

    /// See `pause`.
    public func resume() { run.withLock { _ = $0.map { Glibc.kill($0.process, SIGCONT) } } }

    private func finish(_ signal: Int32) async {
        let last = run.withLock { run in
            defer { run = nil }
            return run
        }
        guard let last else { return }
        Glibc.kill(last.process, signal)
        await last.end.value
    }

    private func untilReady() async throws {
        let store = try EtcdStore(endpoints: [endpoint])
        do {
            try await eventually("an answer of etcd", read: { await answers(store) }, until: { $0 })
        } catch {
            let log = try AtomicFile.read("\(folder.path)/log", limit: 1 << 20).map {
                String(decoding: $0, as: UTF8.self)
            }
            try await store.close()
            throw Failure(description: "\(error): \(log?.suffix(1000) ?? "no log")")
        }
        try await store.close()
    }

    private func answers(_ store: EtcdStore) async -> Bool {
        do throws(StoreError) {
            _ = try await store.revision()
            return true
        } catch {
            return false
        }
    }
}

/// Ports of the loopback address that are free now. Somebody may take one before it is used.
public func freePorts(_ count: Int) throws -> [UInt16] {
    var sockets: [Int32] = []
    defer { for socket in sockets { close(socket) } }
    return try (0..<count).map { _ in
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw EtcdServer.Failure(description: "no port: \(String(cString: strerror(errno)))") }
        return UInt16(bigEndian: address.sin_port)
    }
}
