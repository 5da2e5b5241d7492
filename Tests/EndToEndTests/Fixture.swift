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

    private init() {
        // Unique among all stories of all test runs on this machine, in 12 characters.
        let number = Self.count.add(1, ordering: .relaxed).newValue
        harness = Harness(prefix: "e" + String(getpid(), radix: 36) + "s" + String(number, radix: 36))
    }

    /// Runs a story with hosts of its own.
    static func run(_ story: (Fixture) async throws -> Void) async throws {
        let fixture = Fixture()
        var failure: (any Error)?
        do {
            try await story(fixture)
        } catch {
            failure = error
            await fixture.printJournals()
        }
        try await fixture.harness.succeed(["down-all", "--now"])
        if let failure { throw failure }
    }

    /// Boots one more host, bare.
    func host() async throws -> TestHost {
        let number = hosts.withLock { $0.count }
        guard number < Self.addresses.count else { throw HostError(description: "a story has three hosts at most") }
        let host = TestHost(harness: harness, name: "node\(number + 1)", address: Self.addresses[number])
        // The first boot of all makes the hosts' root file system, which takes a download.
        try await harness.succeed(["base"], within: .seconds(300))
        try await harness.succeed(["up", host.name, host.address])
        hosts.withLock { $0.append(host) }
        return host
    }

    /// Boots one more host with the package installed, the agent serving its address, and the demo image loaded.
    func node() async throws -> TestHost {
        let node = try await host()
        try await node.makeDemoImage()
        try await node.becomeNode()
        return node
    }

    private func printJournals() async {
        for host in hosts.withLock({ $0 }) {
            let output = try? await harness.call(["journal", host.name, "-u", "miniond", "-n", "100", "--no-pager"])
            print("---- journal of \(host.name), unit miniond:\n\(output?.outputText ?? "cannot be read")")
        }
    }
}
