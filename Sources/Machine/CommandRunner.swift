import Glibc
import Subprocess
import SystemPackage

/// `CommandRunning` by real processes. Every child gets its own process group, no descriptor of ours but 0, 1 and 2, and
/// is killed with its whole group past its deadline. How many run at once is the callers' business.
public struct CommandRunner: CommandRunning {
    /// Time between SIGTERM and SIGKILL for a command past its deadline: enough to remove a lock file.
    public static let standardGrace: Duration = .seconds(2)
    /// Time a killed process may take to go before the caller is answered without it: a process in an uninterruptible
    /// system call (state D) goes when the kernel lets it, and is reaped then.
    static let reapAllowance: Duration = .seconds(1)
    /// Descriptors that must be free before a start: three pipes, the pidfd and, the first time, the library's own four,
    /// and as many again for whoever opens one meanwhile.
    static let descriptorHeadroom = 24
    /// What systemd says to this process alone (sd_notify(3), sd_listen_fds(3), systemd.exec(5)).
    static let privateVariables = [
        "FDSTORE", "JOURNAL_STREAM", "LISTEN_FDNAMES", "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "WATCHDOG_PID",
        "WATCHDOG_USEC",
    ]

    private let grace: Duration
    private let clock: any Clock<Duration>
    private let signalGroup: SignalGroup

    /// - Parameters:
    ///   - grace: time between SIGTERM and SIGKILL. A call returns at the latest one second after the deadline plus this,
    ///     and as soon as the process has gone; it goes at the SIGTERM nearly always.
    ///   - clock: measures deadline and grace.
    public init(grace: Duration = CommandRunner.standardGrace, clock: any Clock<Duration> = .continuous) {
        self.init(grace: grace, clock: clock, signalGroup: killGroup)
    }

    /// - Parameter signalGroup: tests hand in one that does nothing, which is how a process in state D looks from here.
    init(grace: Duration, clock: any Clock<Duration>, signalGroup: @escaping SignalGroup) {
        _ = Self.brokenPipesAreErrors
        self.grace = grace
        self.clock = clock
        self.signalGroup = signalGroup
    }

    /// A child that ends without reading its input must not end the agent: swift-subprocess writes with write(2) and
    /// leaves SIGPIPE to us. Children start with the default action again.
    private static let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// See `CommandRunning`. Also throws `spawnFailed`, before anything is started, if fewer than 24 descriptors are free
    /// or an argument contains a NUL.
    public func run(_ command: Command) async throws(CommandError) -> CommandOutput {
        try await supervised(command, deadline: command.deadline) { supervisor in
            let result = try await Subprocess.run(
                configuration(command), input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                defer { supervisor.release() }
                supervisor.started(execution.processIdentifier.value)
                async let input: Void = feed(command.input, to: execution.standardInputWriter)
                async let errors = collect(execution.standardError, for: command, supervisor)
                let output = try await collect(execution.standardOutput, for: command, supervisor)
                let collected = try await (output, errors)
                await input
                await untilExit(of: execution)
                return collected
            }
            let (output, errors) = result.closureResult
            return CommandOutput(
                status: ExitStatus(result.terminationStatus), standardOutput: output, standardError: errors)
        }
    }

    /// See `CommandRunning`. Throws like `run`; `outputTooLarge` for one line.
    public func stream(
        _ command: Command, onLine: @Sendable @escaping (String) async -> Void,
        onErrorLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> ExitStatus {
        try await supervised(command, deadline: nil) { supervisor in
            let result = try await Subprocess.run(
                configuration(command), input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                defer { supervisor.release() }
                supervisor.started(execution.processIdentifier.value)
                async let input: Void = feed(command.input, to: execution.standardInputWriter)
                async let errors: Void = forEachLine(of: execution.standardError, for: command, supervisor, onErrorLine)
                try await forEachLine(of: execution.standardOutput, for: command, supervisor, onLine)
                try await errors
                await input
                await untilExit(of: execution)
            }
            return ExitStatus(result.terminationStatus)
        }
    }

    /// Runs `lifetime` in a task that nobody cancels, because it ends only when the kernel has given the process back, and
    /// answers the caller from the supervisor, which waits for nobody for ever.
    private func supervised<Value: Sendable>(
        _ command: Command, deadline: Duration?,
        lifetime: @Sendable @escaping (ChildSupervisor<Value>) async throws -> Value
    ) async throws(CommandError) -> Value {
        let cancelled = CommandError(code: .cancelled, message: "\(command.name): no longer wanted")
        guard !Task.isCancelled else { throw cancelled }
        try refuseUnstartable(command)
        let supervisor = ChildSupervisor<Value>(grace: grace, clock: clock, signalGroup: signalGroup)
        Task.detached {
            do {
                supervisor.settle(.success(try await lifetime(supervisor)))
            } catch {
                supervisor.settle(.failure(CommandError(command, error)))
            }
        }
        let timer = deadline.map { deadline in
            Task.detached { [clock] in
                do { try await clock.sleep(for: deadline) } catch { return }
                supervisor.end(
                    because: CommandError(
                        code: .deadlineExceeded, message: "\(command.name): still running after \(deadline)"))
            }
        }
        defer { timer?.cancel() }
        let answer = await withTaskCancellationHandler {
            await supervisor.answer()
        } onCancel: {
            supervisor.end(because: cancelled)
        }
        return try answer.get()
    }

    private func configuration(_ command: Command) -> Configuration {
        var options = PlatformOptions()
        options.processGroupID = 0
        // Only for an error inside the library; every other end goes through the supervisor.
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)]
        var changes: [Environment.Key: String?] = [:]
        for name in Self.privateVariables {
            changes[Environment.Key(stringLiteral: name)] = .some(nil)
        }
        for (name, value) in command.environment {
            changes[Environment.Key(stringLiteral: name)] = value
        }
        let executable: Executable =
            command.executable.contains("/") ? .path(FilePath(command.executable)) : .name(command.executable)
        return Configuration(
            executable: executable, arguments: Arguments(command.arguments), environment: .inherit.updating(changes),
            platformOptions: options)
    }

    /// swift-subprocess 1.0.2 aborts the process when its second pipe cannot be opened, and waits for ever for a child whose
    /// pidfd could not be; and it cuts an argument at a NUL without a word.
    private func refuseUnstartable(_ command: Command) throws(CommandError) {
        if let index = command.arguments.firstIndex(where: { $0.utf8.contains(0) }) {
            throw CommandError(
                code: .spawnFailed, message: "\(command.name): argument \(index + 1) contains a NUL byte")
        }
        var spares: [Int32] = []
        defer { for spare in spares { _ = Glibc.close(spare) } }
        while spares.count < Self.descriptorHeadroom {
            let spare = spares.first.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard spare >= 0 else {
                let reason = Errno(rawValue: errno).description
                throw CommandError(
                    code: .spawnFailed,
                    message: "\(command.name): \(reason): raise LimitNOFILE= of the unit, or close connections")
            }
            spares.append(spare)
        }
    }
}

extension CommandError {
    fileprivate init(_ command: Command, _ error: any Error) {
        guard let failure = error as? SubprocessError else {
            self.init(code: .spawnFailed, message: "\(command.name): \(error)")
            return
        }
        if failure.code == .executableNotFound {
            self.init(code: .notFound, message: "\(command.executable): not found, or not executable")
        } else {
            self.init(code: .spawnFailed, message: "\(command.name): \(failure)")
        }
    }
}

extension ExitStatus {
    fileprivate init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .signalled(signal)
        }
    }
}
