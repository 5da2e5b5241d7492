public import Machine
import Synchronization

/// A `CommandRunning` that starts nothing: it plays a table of rules and remembers every command it was asked for.
public final class ScriptedRunner: CommandRunning {
    /// What becomes of a command.
    public enum Outcome: Sendable {
        /// It ends with these streams; for `stream`, the lines of both and then the status.
        case ends(CommandOutput)
        /// The runner itself gives up.
        case fails(CommandError)
        /// It runs until the calling task is cancelled, then throws `cancelled`.
        case hangs
        /// Lines as the test yields them; the program exits with 0 when the feed is finished. One feed, one stream.
        case feeds(AsyncStream<String>)
        /// Worked out from the command, for fakes that hold state.
        case computes(@Sendable (Command) async throws(CommandError) -> CommandOutput)

        /// Exit code 0 and this on standard output.
        public static func prints(_ text: String) -> Outcome {
            .ends(CommandOutput(status: .exited(0), standardOutput: Array(text.utf8)))
        }

        /// A non-zero exit code and this on standard error.
        public static func exits(_ code: Int32, _ text: String = "") -> Outcome {
            .ends(CommandOutput(status: .exited(code), standardError: Array(text.utf8)))
        }
    }

    private struct Rule: Sendable {
        var matches: @Sendable (Command) -> Bool
        var outcome: Outcome
    }

    private struct State {
        var rules: [Rule] = []
        var commands: [Command] = []
        var unscripted: [Command] = []
    }

    private let state = Mutex(State())

    /// An empty table: every command fails as unscripted.
    public init() {}

    /// Adds a rule for commands that start with these words, as in `on("docker", "inspect", .prints("[]"))`. The newest
    /// rule that matches wins, so a test changes its mind by adding another.
    public func on(_ words: String..., play outcome: Outcome) {
        on(play: outcome) { ([$0.executable] + $0.arguments).starts(with: words) }
    }

    /// Adds a rule for the commands that `matches` accepts.
    public func on(play outcome: Outcome, where matches: @escaping @Sendable (Command) -> Bool) {
        state.withLock { $0.rules.append(Rule(matches: matches, outcome: outcome)) }
    }

    /// Every command so far, in the order of the calls.
    public var commands: [Command] { state.withLock { $0.commands } }

    /// Every command so far as its words.
    public var lines: [[String]] { commands.map { [$0.executable] + $0.arguments } }

    /// The commands that no rule matched; they failed with `spawnFailed`.
    public var unscripted: [Command] { state.withLock { $0.unscripted } }

    /// Forgets the commands so far, not the rules.
    public func forget() {
        state.withLock { state in
            state.commands = []
            state.unscripted = []
        }
    }

    /// Plays the newest matching rule. A feed gives all of its lines at once when it is finished.
    public func run(_ command: Command) async throws(CommandError) -> CommandOutput {
        switch try outcome(of: command) {
        case .ends(let output):
            return output
        case .fails(let error):
            throw error
        case .hangs:
            throw await untilCancelled(command)
        case .feeds(let lines):
            var text = ""
            for await line in lines { text += line + "\n" }
            return CommandOutput(status: .exited(0), standardOutput: Array(text.utf8))
        case .computes(let work):
            return try await work(command)
        }
    }

    /// Plays the newest matching rule line by line, standard output before standard error.
    public func stream(
        _ command: Command, onLine: @Sendable @escaping (String) async -> Void,
        onErrorLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> ExitStatus {
        let output: CommandOutput
        switch try outcome(of: command) {
        case .ends(let fixed):
            output = fixed
        case .fails(let error):
            throw error
        case .hangs:
            throw await untilCancelled(command)
        case .feeds(let lines):
            for await line in lines { await onLine(line) }
            guard !Task.isCancelled else { throw CommandError(code: .cancelled, message: command.name) }
            return .exited(0)
        case .computes(let work):
            output = try await work(command)
        }
        for line in output.outputText.split(separator: "\n") { await onLine(String(line)) }
        for line in output.errorText.split(separator: "\n") { await onErrorLine(String(line)) }
        return output.status
    }

    private func outcome(of command: Command) throws(CommandError) -> Outcome {
        let outcome = state.withLock { state -> Outcome? in
            state.commands.append(command)
            let rule = state.rules.last { $0.matches(command) }
            if rule == nil { state.unscripted.append(command) }
            return rule?.outcome
        }
        guard let outcome else {
            throw CommandError(code: .spawnFailed, message: "no rule for \(command.executable) \(command.arguments)")
        }
        return outcome
    }

    private func untilCancelled(_ command: Command) async -> CommandError {
        let (never, _) = AsyncStream<Never>.makeStream()
        for await _ in never {}
        return CommandError(code: .cancelled, message: command.name)
    }
}
