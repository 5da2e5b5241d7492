import ArgumentParser
import ClusterModel
import Wire

struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add or change every object of a file, and wait until the node is as they say.")

    @Option(name: .shortAndLong, help: "JSON or YAML, one or more documents; - is standard input.")
    var file: String
    @OptionGroup var node: NodeOptions

    func run() async throws {
        let documents: [JSONValue]
        do {
            documents = try YAMLText.parse(try InputFile.read(file)).map(\.value).filter { $0 != .null }
        } catch let error as TextError {
            throw Failure("\(file): \(error)")
        }
        if documents.isEmpty { throw Failure("\(file): holds no object") }
        try await node.session { session in
            // All are sent before the first answer is awaited, so that many objects cost one disk write and not one each.
            let requests = try await documents.asyncMap {
                try await session.request(.apply(object: $0, resourceVersion: nil))
            }
            let awaited = zip(documents.map(Self.name), requests).map { (name: $0, replies: $1) }
            try await Settled.wait(forAll: awaited, done: "applied")
        }
    }

    private static func name(_ object: JSONValue) -> String {
        let kind = object["kind"].cell.isEmpty ? "pod" : object["kind"].cell.lowercased()
        return object["id"].cell.isEmpty ? kind : "\(kind)/\(object["id"].cell)"
    }
}

/// Waits for the second ack of a change.
enum Settled {
    /// Prints `NAME DONE` when the node is as wanted, and warnings on the way.
    /// - Throws: `Failure` with the node's reason when it failed or was refused; the node itself goes on trying.
    static func wait(for replies: AsyncThrowingStream<Reply, any Error>, name: String, done: String) async throws {
        for try await reply in replies {
            guard case .ack(let ack) = reply else { continue }
            for warning in ack.warnings { Output.complain("\(name): warning: \(warning)") }
            switch ack.phase {
            case .received: continue
            case .applied:
                print("\(name) \(done)")
                return
            case .failed(let reason, let message, let retryIn):
                let next = retryIn.map { "; the node tries again in \($0.components.seconds) s" } ?? ""
                throw Failure("\(name): \(reason): \(message)\(next)")
            }
        }
        throw Failure("\(name): the connection ended before the node was as wanted")
    }
}

extension Settled {
    /// Waits for each, whatever became of those before it.
    /// - Throws: `Failure` with the words of all that failed.
    static func wait(
        forAll awaited: [(name: String, replies: AsyncThrowingStream<Reply, any Error>)], done: String
    ) async throws {
        var failures: [String] = []
        for (name, replies) in awaited {
            do {
                try await wait(for: replies, name: name, done: done)
            } catch let failure as Failure {
                failures.append(failure.description)
            } catch let fault as WireFault {
                failures.append("\(name): \(Failure(fault))")
            }
        }
        if !failures.isEmpty { throw Failure(failures.joined(separator: "\n")) }
    }
}

extension Sequence {
    /// `map` with a transform that waits, one element after the other.
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
