import Glibc
import Machine
import NodeKit
import Synchronization

/// The hosts of one story: taken down and deleted however it ends. When it ends badly the agents' journals are printed, so
/// stories use `#require`, which throws, and not `#expect`.
final class Fixture: Sendable {
    let harness: Harness
    private let hosts = Mutex<[TestHost]>([])

    /// Addresses of the founding article; the bridge is the story's own, so that every story has the same ones.
    private static let addresses = ["172.16.213.138", "172.16.213.139", "172.16.213.140"]
    private static let count = Atomic<Int>(0)

    init(harness: Harness) { self.harness = harness }

    private convenience init() {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        self.init(harness: Harness(prefix: Self.prefix(process: getpid(), story: number)))
    }

    /// Names the hosts of one story, unique on this machine, in 12 characters at most: `e`, the process in base 36, `s`, the
    /// story. scripts/test reads the process from it, so the story's number has no letters.
    static func prefix(process: pid_t, story: Int) -> String { "e\(String(process, radix: 36))s\(story)" }

    /// Runs a story with hosts of its own. What went wrong in the story is what is thrown, whatever becomes of the hosts.
    static func run(_ story: (Fixture) async throws -> Void) async throws {
        try await run(Fixture(), story)
    }

    /// The same with hosts of a given set.
    static func run(_ fixture: Fixture, _ story: (Fixture) async throws -> Void) async throws {
        do {
            try await story(fixture)
        } catch {
            await fixture.printJournals()
            do { try await fixture.takeDown() } catch { print("---- and the hosts are still there: \(error)") }
            throw error
        }
        try await fixture.takeDown()
    }

    private func takeDown() async throws { try await harness.succeed(["down-all", "--now"]) }

    /// Boots one more host, bare, at the next address or at one of the story's choice.
    func host(at address: String? = nil) async throws -> TestHost {
        let number = hosts.withLock { $0.count }
        guard number < Self.addresses.count else { throw HostError(description: "a story has three hosts at most") }
        let host = TestHost(
            harness: harness, name: "node\(number + 1)", address: address ?? Self.addresses[number])
        // The first boot of all makes the hosts' root file system, which takes a download.
        try await harness.succeed(["base"], within: .seconds(300))
        try await harness.succeed(["up", host.name, host.address])
        hosts.withLock { $0.append(host) }
        return host
    }

    /// Boots one more host with the agent's package installed, the agent serving its address, and the demo image loaded.
    func node() async throws -> TestHost {
        let node = try await host()
        try await node.makeDemoImage()
        try await node.becomeNode()
        return node
    }

    private func printJournals() async {
        for host in hosts.withLock({ $0 }) {
            let units = ["-u", "miniond", "-u", "minion-master"]
            let output = try? await harness.call(["journal", host.name] + units + ["-n", "100", "--no-pager"])
            print("---- journal of \(host.name):\n\(output?.outputText ?? "cannot be read")")
        }
    }
}
