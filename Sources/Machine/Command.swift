/// One run of a program to its end: what to start, what to feed it, and the bounds past which it is given up.
public struct Command: Sendable, Equatable {
    /// A bare name is looked up in the agent's `PATH`; anything with a `/` is taken as a path.
    public var executable: String
    /// Without the program's own name (`argv[1]` and on).
    public var arguments: [String]
    /// Added to the inherited environment; an equal name replaces the inherited value.
    public var environment: [String: String]
    /// Written to standard input while the output is read, then closed.
    public var input: [UInt8]
    /// Counted from the start by the monotonic clock. Past it the whole process group is told to end, then killed.
    public var deadline: Duration
    /// Largest number of bytes taken from standard output, and the same again from standard error.
    /// One byte more ends the run with `CommandError.Code.outputTooLarge`.
    public var outputLimit: Int

    /// Longer than any healthy `docker` or `iptables` call takes, short enough that a hung daemon is noticed.
    public static let standardDeadline: Duration = .seconds(30)
    /// 16 MiB: `docker inspect` of a thousand containers is about 10 MiB.
    public static let standardOutputLimit = 16 * 1024 * 1024

    /// A command with the standard bounds unless told otherwise.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], input: [UInt8] = [],
        deadline: Duration = Command.standardDeadline, outputLimit: Int = Command.standardOutputLimit
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.deadline = deadline
        self.outputLimit = outputLimit
    }

    /// For messages: the program and, if it is not an option, its first argument, as in `docker inspect`. The rest may hold
    /// the secrets of a container's environment.
    public var name: String {
        let program = executable.split(separator: "/").last.map(String.init) ?? executable
        guard let first = arguments.first, !first.hasPrefix("-") else { return program }
        return "\(program) \(first)"
    }
}

/// How a child process ended (wait(2)).
public enum ExitStatus: Sendable, Equatable {
    /// It called exit with this code, 0…255.
    case exited(Int32)
    /// This signal ended it.
    case signalled(Int32)

    /// Exit code 0.
    public var isSuccess: Bool { self == .exited(0) }
}

/// What a finished child left behind. A non-zero exit is a value like any other.
public struct CommandOutput: Sendable, Equatable {
    /// How it ended.
    public var status: ExitStatus
    /// Everything it wrote to descriptor 1.
    public var standardOutput: [UInt8]
    /// Everything it wrote to descriptor 2.
    public var standardError: [UInt8]

    /// Made by the runner, and by fakes.
    public init(status: ExitStatus, standardOutput: [UInt8] = [], standardError: [UInt8] = []) {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// `standardOutput` as UTF-8, broken sequences replaced by U+FFFD.
    public var outputText: String { String(decoding: standardOutput, as: UTF8.self) }
    /// `standardError` as UTF-8, broken sequences replaced by U+FFFD.
    public var errorText: String { String(decoding: standardError, as: UTF8.self) }
}

/// Why a command gave no `CommandOutput`.
public struct CommandError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller may decide by.
    public enum Code: Sendable, Equatable {
        /// No such program, in `PATH` or at the path given.
        case notFound
        /// It was still running at the deadline. Its process group has been told to end, then killed.
        case deadlineExceeded
        /// It wrote more than `Command.outputLimit` to one stream, and was ended like one past its deadline.
        case outputTooLarge
        /// The kernel refused to start it: no memory, no processes left, not executable.
        case spawnFailed
        /// The calling task was cancelled, and the process group ended like one past its deadline.
        case cancelled
    }

    /// What a caller may decide by.
    public var code: Code
    /// One line for a person: the command's name and what went wrong.
    public var message: String

    /// The message.
    public var description: String { message }

    /// Made by the runner, and by fakes.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

/// The one door to child processes. `CommandRunner` is the real one; tests play a table.
public protocol CommandRunning: Sendable {
    /// Runs to the end and collects both streams. A non-zero exit is a value, not an error. The end is the exit of the
    /// program itself: a process that it left behind with its output still open is neither waited for nor killed.
    func run(_ command: Command) async throws(CommandError) -> CommandOutput

    /// Runs until the program ends or the calling task is cancelled, which kills its process group and throws `cancelled`.
    /// `onLine` gets each line of standard output without its `\n`, in order, the next one only when it has returned, so a
    /// slow reader slows the program; `onErrorLine` likewise those of standard error, both at the same time.
    /// `Command.deadline` is ignored; `Command.outputLimit` bounds one line.
    func stream(
        _ command: Command, onLine: @Sendable @escaping (String) async -> Void,
        onErrorLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> ExitStatus
}

extension CommandRunning {
    /// The same for who wants nothing of standard error.
    public func stream(
        _ command: Command, onLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> ExitStatus {
        try await stream(command, onLine: onLine, onErrorLine: { _ in })
    }
}
