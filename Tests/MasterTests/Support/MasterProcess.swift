import AsyncHTTPClient
import Glibc
import Machine
import MasterKit
import NodeKit
import Synchronization
import Testing

@testable import Master

/// A `minion-master` of its own process on a free loopback port.
struct MasterProcess: Sendable {
    private static let settingsFile = "master.yaml"

    let url: String
    private let client: HTTPClient
    private let process: pid_t

    /// Runs one on `etcd` until `body` ends; however it has ended by then, it is gone afterwards.
    static func run(
        on etcd: EtcdServer, _ client: HTTPClient, _ body: @Sendable (MasterProcess) async throws -> Void
    ) async throws {
        let folder = try TestFolder()
        let port = try #require(try freePorts(1).first)
        let url = "http://127.0.0.1:\(port)"
        // Not that of the machine the test runs on.
        try AtomicFile.write([], to: "\(folder.path)/\(settingsFile)")
        let words = [
            try builtProgram("minion-master"), "--config", "\(folder.path)/\(settingsFile)", "--address", "127.0.0.1",
            "--port", "\(port)", "--advertise-url", url, "--etcd-servers", etcd.endpoint, "--data-dir", folder.path,
            "--log-level", "error",
        ]
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { feed.finish() }
                do throws(CommandError) {
                    // The shell says its process id, which then is the master's.
                    let command = Command("sh", ["-c", "echo $$; exec \"$@\"", "sh"] + words)
                    _ = try await CommandRunner().stream(command) { feed.yield($0) }
                } catch  where error.code == .cancelled {
                    // Its time is over.
                }
            }
            let process = try #require(await lines.first { _ in true }.flatMap { pid_t($0) })
            let master = MasterProcess(url: url, client: client, process: process)
            try await eventually("\(url) serves") { await master.answers }
            try await body(master)
            group.cancelAll()
        }
        withExtendedLifetime(folder) {}
    }

    /// kill -9.
    func kill() { Glibc.kill(process, SIGKILL) }

    /// Asks and gives back the whole answer; throws where none comes.
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> MasterUnderTest.Answer {
        try await client.ask(method, url + path, body)
    }

    /// Whether it says that it leads.
    func leads() async throws -> Bool {
        try await ask("GET", "/metrics").body.contains("\nminion_master_leads 1\n")
    }

    private var answers: Bool {
        get async {
            do { return try await ask("GET", "/healthz").status == 200 } catch { return false }
        }
    }
}

/// The path of a program that was built with the tests' own executable.
func builtProgram(_ name: String) throws -> String {
    let pointer = try #require(realpath("/proc/self/exe", nil))
    defer { free(pointer) }
    let path = String(cString: pointer)
    return try String(path[..<#require(path.lastIndex(of: "/"))]) + "/\(name)"
}
