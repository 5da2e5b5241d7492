/// `CommandRunning` by real processes. Every child gets its own process group, no descriptor of ours but 0, 1 and 2, and
/// is killed with its whole group past its deadline. How many run at once is the callers' business.
public struct CommandRunner: CommandRunning {
    /// Time between SIGTERM and SIGKILL for a command past its deadline: enough to remove a lock file.
    public static let standardGrace: Duration = .seconds(2)

    /// - Parameter grace: time between SIGTERM and SIGKILL; the call returns at the deadline plus at most this.
    public init(grace: Duration = CommandRunner.standardGrace) {
        self.grace = grace
    }

    let grace: Duration

    /// See `CommandRunning`.
    public func run(_ command: Command) async throws(CommandError) -> CommandOutput {
        throw CommandError(code: .spawnFailed, message: "\(command.executable): the runner is not built yet")
    }

    /// See `CommandRunning`.
    public func stream(
        _ command: Command, onLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> ExitStatus {
        throw CommandError(code: .spawnFailed, message: "\(command.executable): the runner is not built yet")
    }
}
