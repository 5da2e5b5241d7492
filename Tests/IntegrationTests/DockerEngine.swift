import Glibc
import Machine
import NodeKit

@testable import Pods

/// The Docker Engine that scripts/private-engine started for this process, with the images the tests need.
struct DockerEngine: Sendable {
    /// Serves port 80 with a line that names its pod.
    static let webImage = "minion/demo-httpd"
    /// Runs its last argument as a shell script.
    static let shellImage = "minion/test-shell"

    /// There is none, or it is the machine's own.
    struct Missing: Error, CustomStringConvertible {
        let description = "these tests start and kill containers: run them through scripts/private-engine"
    }

    /// Where the sources are, which hold what the images are made of.
    static let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    private static let preparation = Task { try await prepare() }

    let commands = CommandRunner()

    /// The engine; the first to ask waits until the images are made.
    static func shared() async throws -> DockerEngine {
        try await preparation.value
        return DockerEngine()
    }

    /// Runs a command that must succeed, and returns what it printed.
    @discardableResult
    func run(_ executable: String, _ arguments: String...) async throws -> String {
        try await run([executable] + arguments)
    }

    /// Runs docker, which must succeed, and returns what it printed, without the last line break.
    @discardableResult
    func docker(_ arguments: String...) async throws -> String {
        try await run(["docker"] + arguments)
    }

    /// The answer of an HTTP server to a GET of `/` or `path`, or `nil` when there is none.
    func get(_ authority: String, path: String = "/") async throws -> String? {
        let words = ["--silent", "--fail", "--max-time", "5", "--noproxy", "*", "http://\(authority)\(path)"]
        let output = try await commands.run(Command("curl", words))
        return output.status.isSuccess ? output.outputText : nil
    }

    /// The engine's process, by the file that scripts/private-engine has it write beside its socket.
    func daemon() throws -> pid_t {
        let prefix = "unix://"
        guard let host = getenv("DOCKER_HOST").map({ String(cString: $0) }), host.hasPrefix(prefix) else {
            throw Missing()
        }
        let folder = host.dropFirst(prefix.count).split(separator: "/").dropLast().map { "/" + $0 }.joined()
        guard let file = try AtomicFile.read(folder + "/pid", limit: 32),
            let pid = pid_t(String(decoding: file, as: UTF8.self).filter(\.isNumber))
        else { throw Missing() }
        return pid
    }

    private func run(_ words: [String]) async throws -> String {
        let output = try await commands.run(Command(words[0], Array(words.dropFirst()), deadline: .seconds(120)))
        guard output.status.isSuccess else {
            throw CommandFailed(description: "\(words.joined(separator: " ")): \(output.errorText)")
        }
        var text = output.outputText[...]
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }

    private struct CommandFailed: Error, CustomStringConvertible {
        let description: String
    }

    private static func prepare() async throws {
        guard getenv("MINION_TEST_NETNS") != nil, getenv("DOCKER_HOST") != nil else { throw Missing() }
        let engine = DockerEngine()
        try await engine.run("make", "--silent", "-C", "\(repository)/pause")
        try await engine.run("\(repository)/scripts/demo-image")
        try await engine.run(
            "bash", "-ec",
            """
            container=$(docker create \(webImage))
            docker export "$container" | docker import --change 'ENTRYPOINT ["/bin/sh", "-c"]' \
                --change 'ENV PATH=/bin' - \(shellImage)
            docker rm "$container"
            """)
    }
}
