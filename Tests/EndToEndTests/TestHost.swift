import Machine
import NodeKit

/// A command on a test host that did not end as the story needs it to.
struct HostError: Error, CustomStringConvertible {
    let description: String
}

/// The testhost/ script, with a set of hosts of its own.
struct Harness: Sendable {
    /// Names this set's network namespaces and control groups; at most 12 letters and digits.
    let prefix: String
    /// The root of the checkout.
    static let repository = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }

    private let runner = CommandRunner()

    init(prefix: String) {
        self.prefix = prefix
    }

    /// Runs a verb of testhost. A host needs a second to boot; a minute is for a machine that builds at the same time.
    func call(
        _ arguments: [String], input: String = "", within deadline: Duration = .seconds(60)
    ) async throws -> CommandOutput {
        let command = Command(
            Self.repository + "/testhost/testhost", arguments, environment: ["TESTHOST_PREFIX": prefix],
            input: Array(input.utf8), deadline: deadline)
        return try await runner.run(command)
    }

    /// Like `call`, and wants it to succeed.
    @discardableResult
    func succeed(
        _ arguments: [String], input: String = "", within deadline: Duration = .seconds(60)
    ) async throws -> String {
        let output = try await call(arguments, input: input, within: deadline)
        guard output.status.isSuccess else {
            throw HostError(
                description: """
                    testhost \(arguments.joined(separator: " ")): \(output.status)
                    \(output.outputText)\(output.errorText)
                    """)
        }
        return output.outputText
    }

    /// Runs a shell script beside the hosts, as another machine of their network.
    func outside(_ script: String, within deadline: Duration = .seconds(60)) async throws -> String {
        try await succeed(["net", "bash", "-c", script], within: deadline)
    }
}

/// One booted Debian 12 machine.
struct TestHost: Sendable {
    let harness: Harness
    let name: String
    /// On the bridge all hosts of the story share.
    let address: String

    /// Runs a shell script inside; throws unless it exits with 0.
    @discardableResult
    func run(_ script: String, input: String = "", within deadline: Duration = .seconds(60)) async throws -> String {
        try await harness.succeed(["exec", name, "bash", "-c", script], input: input, within: deadline)
    }

    /// Runs a shell script inside and returns whatever came of it.
    func attempt(_ script: String, within deadline: Duration = .seconds(60)) async throws -> CommandOutput {
        try await harness.call(["exec", name, "bash", "-c", script], within: deadline)
    }

    /// Writes a file inside, mode 0644 unless told otherwise.
    func write(_ text: String, to path: String, mode: String = "0644") async throws {
        try await run("install -D -m \(mode) /dev/stdin \(path)", input: text)
    }

    /// Copies a file of this machine inside.
    func copy(_ source: String, to path: String) async throws {
        try await harness.succeed(["cp", name, source, path])
    }

    /// Orderly reboot.
    func reboot() async throws { try await harness.succeed(["restart", name]) }

    /// Ends every process of the host at once, without a word to any. What a process had written is still there afterwards, on
    /// disk or not, because the kernel is the machine's: that writes are synced is for MachineTests/DiskSyncTests to say.
    func cutPower() async throws { try await harness.succeed(["kill", name]) }

    /// Pulls the network cable out.
    func unplug() async throws { try await harness.succeed(["link", name, "down"]) }

    /// Puts it back.
    func plugIn() async throws { try await harness.succeed(["link", name, "up"]) }

    /// Boots again after `cutPower`.
    func boot() async throws { try await harness.succeed(["up", name, address]) }

    /// Lines of the journal, oldest first; `arguments` as for journalctl.
    func journal(_ arguments: String) async throws -> String {
        try await run("journalctl --sync && journalctl --no-pager --quiet \(arguments)")
    }
}
