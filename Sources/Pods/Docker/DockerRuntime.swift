public import ClusterModel
public import Machine
import Synchronization

/// The deadlines of single calls. All but the pull's are many times what a healthy engine takes on a slow machine.
struct DockerDeadlines: Sendable {
    var list: Duration = .seconds(10)
    var inspect: Duration = .seconds(10)
    /// Of one that is asked alone because asking for many did not end.
    var inspectAlone: Duration = .seconds(5)
    /// Makes a file system, a network, a process; a busy disk makes it slow.
    var run: Duration = .seconds(120)
    var signal: Duration = .seconds(15)
    var remove: Duration = .seconds(60)
    var importImage: Duration = .seconds(60)
    /// Asks for a network, makes or removes one: the last two change the packet filter, whose lock others may hold.
    var network: Duration = .seconds(60)
    /// Between two lines of a log that is not followed, while the reader waits for one.
    var logSilence: Duration = .seconds(60)
    /// A large image over a slow line.
    var pull: Duration = .seconds(1800)
}

/// The engine behind the `docker` command.
///
/// Everything about many containers is one call (`ps`, then one `inspect` for all). A container whose inspection hangs
/// costs its own deadline and nobody else's: from then on it is asked alone until it answers.
public struct DockerRuntime: ContainerRuntime {
    /// Containers asked for in one `inspect`; each answer is about 2 KiB.
    private static let inspectBatch = 256
    /// Containers asked one by one at a time.
    private static let inspectAlone = 4

    /// See `ContainerRuntime`.
    public let owner: String
    /// See `ContainerRuntime`. Imported from `pauseImageFile` when the engine does not have it.
    public let networkImage = "minion/pause:1"

    let runner: any CommandRunning
    let command: String
    private let pauseImageFile: String
    private let arguments: DockerArguments
    let deadlines: DockerDeadlines
    private let suspects = Suspects()

    /// - Parameters:
    ///   - command: `docker`, a path to it, or something that takes the same words.
    ///   - owner: the mark of our containers; two agents on one engine must not share one.
    ///   - pauseImageFile: the root file system of the network containers, a tar file with `/pause` in it.
    public init(runner: any CommandRunning, command: String, owner: String, pauseImageFile: String) {
        self.init(
            runner: runner, command: command, owner: owner, pauseImageFile: pauseImageFile,
            deadlines: DockerDeadlines())
    }

    init(
        runner: any CommandRunning, command: String, owner: String, pauseImageFile: String, deadlines: DockerDeadlines
    ) {
        self.runner = runner
        self.command = command
        self.owner = owner
        self.pauseImageFile = pauseImageFile
        self.deadlines = deadlines
        arguments = DockerArguments(owner: owner)
    }

    /// See `ContainerRuntime`.
    public func containers(of pod: ObjectKey?) async throws(RuntimeError) -> [ObservedContainer] {
        try await observe(try await list(arguments.list(of: pod)))
    }

    /// See `ContainerRuntime`.
    public func inspect(_ ids: [String]) async throws(RuntimeError) -> [ObservedContainer] {
        let answers = try await ask(ids)
        let silent = ids.filter { answers[$0]?.isSilent ?? false }
        guard !silent.isEmpty else { return ids.compactMap { answers[$0]?.told } }
        // Whose they are only the list can say now.
        return ids.compactMap { answers[$0]?.told } + Self.merge(try await list(arguments.list(ids: silent)), answers)
    }

    /// See `ContainerRuntime`.
    public func run(_ spec: ContainerSpec) async throws(RuntimeError) -> String {
        let run = arguments.run(spec)
        let output = try await docker(
            run.words, environment: run.environment, input: run.input, deadline: deadlines.run)
        guard output.status.isSuccess else { throw DockerFailure.error(output) }
        let id = output.outputText.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        guard !id.isEmpty else { throw RuntimeError(.unreadable, "docker started \(spec.name) and did not say its id") }
        return id
    }

    /// See `ContainerRuntime`.
    public func signal(_ ids: [String], _ signal: String) async throws(RuntimeError) {
        let output = try await docker(DockerArguments.signal(ids, signal), deadline: deadlines.signal)
        guard output.status.isSuccess || DockerFailure.isAboutTheGone(output) else { throw DockerFailure.error(output) }
    }

    /// See `ContainerRuntime`.
    public func remove(_ ids: [String]) async throws(RuntimeError) {
        let output = try await docker(DockerArguments.remove(ids), deadline: deadlines.remove)
        guard output.status.isSuccess || DockerFailure.isAboutTheGone(output) else { throw DockerFailure.error(output) }
    }

    /// See `ContainerRuntime`.
    public func fetch(_ image: String) async throws(RuntimeError) {
        let isOwn = image == networkImage
        let words = isOwn ? DockerArguments.importImage(file: pauseImageFile, as: image) : DockerArguments.pull(image)
        let output = try await docker(words, deadline: isOwn ? deadlines.importImage : deadlines.pull)
        guard output.status.isSuccess else {
            let error = DockerFailure.error(output, fallback: .pullFailed)
            throw error.isEngineTrouble ? error : RuntimeError(.pullFailed, error.message)
        }
    }

    /// See `ContainerRuntime`.
    public func watch(_ onEvent: @Sendable @escaping (RuntimeEvent) async -> Void) async throws(RuntimeError) {
        let status: ExitStatus
        do {
            status = try await runner.stream(Command(command, arguments.events())) { line in
                // A line that cannot be read is a hint lost, and the comparison makes up for it.
                guard let event = try? DockerJSON.event(line) else { return }
                await onEvent(event)
            }
        } catch {
            throw DockerFailure.error(error)
        }
        throw RuntimeError(.unreachable, "docker events ended with \(status)")
    }

    func docker(
        _ words: [String], environment: [String: String] = [:], input: [UInt8] = [], deadline: Duration
    ) async throws(RuntimeError) -> CommandOutput {
        do {
            return try await runner.run(
                Command(command, words, environment: environment, input: input, deadline: deadline))
        } catch {
            throw DockerFailure.error(error)
        }
    }

    private func list(_ words: [String]) async throws(RuntimeError) -> [DockerJSON.Listed] {
        let output = try await docker(words, deadline: deadlines.list)
        guard output.status.isSuccess else { throw DockerFailure.error(output) }
        return try DockerJSON.list(output.standardOutput)
    }
}

// MARK: - Asking for many

extension DockerRuntime {
    /// What became of the question for one container.
    private enum Answer {
        case told(ObservedContainer)
        case gone
        case silent(String)

        var told: ObservedContainer? {
            if case .told(let container) = self { container } else { nil }
        }

        var isSilent: Bool {
            if case .silent = self { true } else { false }
        }
    }

    /// Containers whose inspection hung the last time.
    private final class Suspects: Sendable {
        private let ids = Mutex<Set<String>>([])

        func contains(_ id: String) -> Bool { ids.withLock { $0.contains(id) } }

        func note(_ id: String, isSilent: Bool) {
            ids.withLock { ids in
                if isSilent { ids.insert(id) } else { ids.remove(id) }
            }
        }
    }

    private func observe(_ listed: [DockerJSON.Listed]) async throws(RuntimeError) -> [ObservedContainer] {
        let answers = try await ask(listed.map(\.id))
        return listed.compactMap { answers[$0.id]?.told } + Self.merge(listed, answers)
    }

    /// The listed containers that did not answer.
    private static func merge(_ listed: [DockerJSON.Listed], _ answers: [String: Answer]) -> [ObservedContainer] {
        listed.compactMap { row in
            guard case .silent(let why) = answers[row.id] else { return nil }
            return row.unknown(why)
        }
    }

    private func ask(_ ids: [String]) async throws(RuntimeError) -> [String: Answer] {
        var answers: [String: Answer] = [:]
        var alone = ids.filter(suspects.contains)
        let together = ids.filter { !suspects.contains($0) }
        for start in stride(from: 0, to: together.count, by: Self.inspectBatch) {
            let batch = Array(together[start..<min(start + Self.inspectBatch, together.count)])
            let batchAnswers = try await askTogether(batch)
            answers.merge(batchAnswers) { $1 }
            alone += batch.filter { batchAnswers[$0] == nil }
        }
        for start in stride(from: 0, to: alone.count, by: Self.inspectAlone) {
            let group = alone[start..<min(start + Self.inspectAlone, alone.count)]
            answers.merge(await askAlone(Array(group))) { $1 }
        }
        return answers
    }

    /// One call for all; those that are not in the answer have to be asked alone.
    private func askTogether(_ ids: [String]) async throws(RuntimeError) -> [String: Answer] {
        let output: CommandOutput
        do {
            output = try await docker(DockerArguments.inspect(ids), deadline: deadlines.inspect)
        } catch  where error.code == .deadlineExceeded {
            return [:]
        }
        return try Self.answers(output, to: ids)
    }

    private func askAlone(_ ids: [String]) async -> [String: Answer] {
        await withTaskGroup(of: (String, Answer).self) { group in
            for id in ids { group.addTask { (id, await askAlone(id)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func askAlone(_ id: String) async -> Answer {
        do throws(RuntimeError) {
            let output = try await docker(DockerArguments.inspect([id]), deadline: deadlines.inspectAlone)
            suspects.note(id, isSilent: false)
            return try Self.answers(output, to: [id])[id] ?? .silent(DockerFailure.error(output).message)
        } catch {
            suspects.note(id, isSilent: error.code == .deadlineExceeded)
            return .silent("docker inspect: \(error.message)")
        }
    }

    private static func answers(_ output: CommandOutput, to ids: [String]) throws(RuntimeError) -> [String: Answer] {
        if !output.status.isSuccess {
            let error = DockerFailure.error(output)
            if error.isEngineTrouble { throw error }
        }
        var answers: [String: Answer] = [:]
        for container in try DockerJSON.inspected(output.standardOutput) { answers[container.id] = .told(container) }
        for id in ids where answers[id] == nil && DockerFailure.saysGone(output, id: id) { answers[id] = .gone }
        return answers
    }
}
