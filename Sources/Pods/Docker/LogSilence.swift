import Machine
import Synchronization

/// How long the engine has said nothing, the time left out in which the reader has a line in hand: a slow reader is not the
/// engine's fault.
private final class LogSilence: Sendable {
    private struct State {
        var inHand = 0
        var since = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// Hands a line to the reader.
    func pass(_ line: String, to reader: (String) async -> Void) async {
        state.withLock { $0.inHand += 1 }
        await reader(line)
        state.withLock { state in
            state.inHand -= 1
            state.since = .now
        }
    }

    /// - Returns: whether `bound` went by in silence; `false` when the task was cancelled.
    func lasts(_ bound: Duration) async -> Bool {
        while true {
            let left = state.withLock { $0.inHand > 0 ? bound : bound - (.now - $0.since) }
            guard left > .zero else { return true }
            do {
                try await Task.sleep(for: left)
            } catch {
                return false
            }
        }
    }
}

extension DockerRuntime {
    private enum Event: Sendable {
        case ended(Result<ExitStatus, CommandError>)
        case silent
        case unwatched
    }

    /// Streams a command, and ends it when it has said nothing for `silence`; `nil` sets no bound.
    /// - Throws: what the runner throws; `deadlineExceeded` after silence.
    func stream(
        _ command: Command, silence: Duration?, onLine: @Sendable @escaping (String) async -> Void,
        onErrorLine: @Sendable @escaping (String) async -> Void
    ) async throws(CommandError) -> ExitStatus {
        guard let silence else {
            return try await runner.stream(command, onLine: onLine, onErrorLine: onErrorLine)
        }
        let watch = LogSilence()
        let result = await withTaskGroup(of: Event.self) { [runner] group in
            group.addTask {
                do throws(CommandError) {
                    return .ended(
                        .success(
                            try await runner.stream(
                                command, onLine: { await watch.pass($0, to: onLine) },
                                onErrorLine: { await watch.pass($0, to: onErrorLine) })))
                } catch {
                    return .ended(.failure(error))
                }
            }
            group.addTask { await watch.lasts(silence) ? .silent : .unwatched }
            var isSilent = false
            var result = Result<ExitStatus, CommandError>.failure(
                CommandError(code: .deadlineExceeded, message: "\(command.name) said nothing for \(silence)"))
            for await event in group {
                switch event {
                case .ended(let end):
                    if !isSilent { result = end }
                    group.cancelAll()
                case .silent:
                    isSilent = true
                    group.cancelAll()
                case .unwatched: break
                }
            }
            return result
        }
        return try result.get()
    }
}
