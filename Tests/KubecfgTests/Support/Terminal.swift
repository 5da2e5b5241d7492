import NodeKit
import Synchronization

@testable import kubecfg

/// A person's place: what is typed, what is shown, and a folder.
final class Terminal: Console {
    private let shown = Mutex("")
    private let complaints = Mutex("")
    private let typed: Mutex<[String]>
    private let standardInput: String

    init(input: String = "", typed: [String] = []) {
        standardInput = input
        self.typed = Mutex(typed)
    }

    var output: String { shown.withLock { $0 } }
    var errors: String { complaints.withLock { $0 } }

    func show(_ text: String) { shown.withLock { $0 += text } }
    func complain(_ text: String) { complaints.withLock { $0 += text + (text.hasSuffix("\n") ? "" : "\n") } }
    func input() throws(Files.Failure) -> [UInt8] { Array(standardInput.utf8) }
    func ask(_ prompt: String, isSecret: Bool) -> String? {
        complain(prompt + (isSecret ? " (unseen)" : ""))
        return typed.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}

/// Calls of kubecfg that share a folder.
struct Person {
    /// What a call did.
    struct Outcome: Equatable {
        var status: Int32
        var output: String
        var errors: String
    }

    var folder: TestFolder
    var master: String
    var clock: any Clock<Duration> = ContinuousClock()

    var files: Files { Files(folder: folder.path) }

    func call(_ arguments: [String], input: String = "", typed: [String] = []) async -> Outcome {
        let terminal = Terminal(input: input, typed: typed)
        let surroundings = Surroundings(
            environment: ["HOME": folder.path, "KUBERNETES_MASTER": master], files: files, console: terminal,
            clock: clock)
        let status = await Program(surroundings: surroundings).run(arguments)
        return Outcome(status: status, output: terminal.output, errors: terminal.errors)
    }
}
