import Glibc
import Machine

/// Refuses to run where a mistake would change the machine: the wrapper of the tests sets the variable in a network
/// namespace of its own.
struct NotInTestNetwork: Error, CustomStringConvertible {
    let description =
        "these tests change packet filters: start them in a network namespace of their own with MINION_TEST_NETNS=1"

    static func check() throws {
        guard let value = getenv("MINION_TEST_NETNS"), String(cString: value) == "1" else { throw NotInTestNetwork() }
    }
}

/// A system call that failed.
struct CallFailed: Error, CustomStringConvertible {
    let description: String

    init(_ call: String) {
        description = "\(call): \(String(cString: strerror(errno)))"
    }
}

/// A network namespace for one test: tables, routes and interfaces that nobody else in this process sees. It lasts as long
/// as its descriptor.
final class PrivateNetwork: Sendable {
    private let descriptor: Int32

    /// An empty namespace with its loopback up.
    init() async throws {
        try NotInTestNetwork.check()
        descriptor = try await onThread {
            guard try namespaceCall("unshare")(CLONE_NEWNET, 0) == 0 else { throw CallFailed("unshare") }
            // The namespace of this thread, which is not the process's any more.
            let descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw CallFailed("open namespace") }
            return descriptor
        }
        try await run("ip", "link", "set", "lo", "up")
    }

    deinit { close(descriptor) }

    /// Where programs that take a namespace as a file find it.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// Starts commands inside.
    var commands: PrefixedRunner { PrefixedRunner(words: ["nsenter", "--net=\(path)"]) }

    /// Runs a command inside that must succeed; returns what it prints.
    @discardableResult
    func run(_ words: String..., input: String = "") async throws -> String {
        let command = Command(words[0], Array(words.dropFirst()), input: Array(input.utf8))
        let output = try await commands.run(command)
        guard output.status.isSuccess else { throw CommandRefused(words: words, output: output) }
        return output.outputText
    }

    /// Does something inside, on a thread of its own. Sockets it makes belong to the namespace for good.
    func inside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let descriptor = descriptor
        return try await onThread {
            guard try namespaceCall("setns")(descriptor, CLONE_NEWNET) == 0 else { throw CallFailed("setns") }
            return try body()
        }
    }
}

/// A command that should have succeeded.
struct CommandRefused: Error, CustomStringConvertible {
    let description: String

    init(words: [String], output: CommandOutput) {
        description = "\(words.joined(separator: " ")): \(output.status) \(output.errorText)"
    }
}

/// Puts words before every command, and variables into its environment.
struct PrefixedRunner: CommandRunning {
    var words: [String]
    var environment: [String: String] = [:]

    func run(_ command: Command) async throws(CommandError) -> CommandOutput {
        try await CommandRunner().run(prefixed(command))
    }

    func stream(
        _ command: Command, onLine: @Sendable @escaping (String) async -> Void,
        onErrorLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> ExitStatus {
        try await CommandRunner().stream(prefixed(command), onLine: onLine, onErrorLine: onErrorLine)
    }

    private func prefixed(_ command: Command) -> Command {
        var prefixed = command
        prefixed.executable = words[0]
        prefixed.arguments = words.dropFirst() + [command.executable] + command.arguments
        prefixed.environment.merge(environment) { $1 }
        return prefixed
    }
}

/// sched.h's flag, which the Glibc module leaves out with the calls.
private let CLONE_NEWNET: Int32 = 0x4000_0000

/// unshare(2) or setns(2); the second argument of the first is ignored.
private func namespaceCall(_ name: String) throws -> @convention(c) (Int32, Int32) -> Int32 {
    guard let symbol = dlsym(nil, name) else { throw CallFailed("dlsym \(name)") }
    // Both take and return plain ints (sched.h).
    return unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
}

/// Runs the body on a thread that ends with it: its namespace ends with it too, and its waiting holds up nobody else.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let work = ThreadWork { continuation.resume(with: Result(catching: body)) }
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { context in
                // Retained by passRetained below, and taken exactly once.
                if let context { Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(work).toOpaque())
        precondition(started == 0, "pthread_create failed with \(started)")
        pthread_detach(thread)
    }
}

private final class ThreadWork: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
