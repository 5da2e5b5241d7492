import APIClient
import ArgumentParser
import ClusterModel
import Wire

struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add or change every object of a file.",
        discussion: """
            On a node: waits until the node is as the objects say. With --master: stores them, and says of each whether it was \
            created, changed or unchanged.
            """)

    @Option(
        name: .shortAndLong, help: "JSON or YAML, one or more documents; - is standard input.", completion: .file())
    var file: String
    @Option(name: .shortAndLong, help: "With --master: the namespace of objects that name none. (default: default)")
    var namespace: String?
    @OptionGroup var place: PlaceOptions

    func run() async throws {
        let documents = try Documents.read(file)
        if let master = try place.cluster() {
            let namespace = namespace ?? ObjectMeta.defaultNamespace
            return try await place.client(of: master) { client in
                try await ClusterWriter(client: client, namespace: namespace).apply(documents)
            }
        }
        try await place.session { session in
            // All are sent before the first answer is awaited, so that many objects cost one disk write and not one each.
            let requests = try await documents.asyncMap {
                try await session.request(.apply(object: $0, resourceVersion: nil))
            }
            let awaited = zip(documents.map(Documents.name), requests).map { (name: $0, replies: $1) }
            try await Settled.wait(forAll: awaited, done: "applied")
        }
    }

    func validate() throws {
        if namespace != nil, try place.isNode() { throw ValidationError("--namespace is for --master") }
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
        if let failure = Failure(failures) { throw failure }
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
