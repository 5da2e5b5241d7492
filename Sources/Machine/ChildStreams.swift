import Subprocess

/// Longer than any child runs. `Task.sleep` cannot take `Int64.max` seconds.
private let forEver: Duration = .seconds(1_000_000_000)

/// Returns when the process has exited, before it is reaped. A "teardown" whose first step sends no signal (0) and never
/// goes on to the next is how swift-subprocess lets the body of a run wait for that.
func untilExit<Input, Output, Failure>(of execution: Execution<Input, Output, Failure>) async {
    await execution.teardown(using: [.send(signal: Signal(rawValue: 0), allowedDurationToNextStep: forEver)])
}

/// Writes all of `input` and closes. A child that ends or closes early has said with its exit status what it thinks of
/// its input, so the error (EPIPE) is not another one.
func feed(_ input: [UInt8], to writer: StandardInputWriter) async {
    do {
        if !input.isEmpty { _ = try await writer.write(input) }
    } catch {}
    do { try await writer.finish() } catch {}
}

/// Everything up to the command's limit. Past it the child is told to end, and the rest is drained so that it can.
func collect<Value>(
    _ stream: SubprocessOutputSequence, for command: Command, _ supervisor: ChildSupervisor<Value>
) async throws -> [UInt8] {
    var collected: [UInt8] = []
    for try await buffer in stream {
        guard collected.count + buffer.count <= command.outputLimit else {
            supervisor.end(because: CommandError(command, limit: "more than \(command.outputLimit) bytes of output"))
            continue
        }
        buffer.withUnsafeBytes { collected.append(contentsOf: $0) }
    }
    return collected
}

/// Hands out the lines one after the other; what stands after the last `\n` is a line too. Bytes that are not UTF-8
/// become U+FFFD. Once the child has been told to end, its output is drained but not handed out.
func forEachLine<Value>(
    of stream: SubprocessOutputSequence, for command: Command, _ supervisor: ChildSupervisor<Value>,
    _ onLine: @Sendable (String) async -> Void
) async throws {
    var pending: [UInt8] = []
    for try await buffer in stream {
        guard !supervisor.isEnding else { continue }
        // Only the new bytes can hold a line's end: a long line arriving in pieces is not searched again.
        var search = pending.count
        var start = 0
        buffer.withUnsafeBytes { pending.append(contentsOf: $0) }
        while let end = pending[search...].firstIndex(of: UInt8(ascii: "\n")) {
            await onLine(String(decoding: pending[start..<end], as: UTF8.self))
            guard !supervisor.isEnding else { break }
            start = end + 1
            search = start
        }
        pending.removeFirst(start)
        if pending.count > command.outputLimit {
            supervisor.end(because: CommandError(command, limit: "a line longer than \(command.outputLimit) bytes"))
        }
    }
    if !pending.isEmpty, !supervisor.isEnding {
        await onLine(String(decoding: pending, as: UTF8.self))
    }
}

extension CommandError {
    fileprivate init(_ command: Command, limit: String) {
        self.init(code: .outputTooLarge, message: "\(command.name): \(limit)")
    }
}
