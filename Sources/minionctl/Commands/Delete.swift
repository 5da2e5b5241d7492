import ArgumentParser
import ClusterModel
import Wire

struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove objects and wait until nothing of them is left. What is not there is removed already.")

    @Argument(help: "pod, service or endpoints")
    var kind: String
    @Argument(help: "The objects' names.")
    var names: [String]
    @Option(name: .shortAndLong, help: "Their namespace.")
    var namespace = ObjectMeta.defaultNamespace
    @OptionGroup var node: NodeOptions

    func run() async throws {
        guard let resource = Resource(word: kind), let kind = ObjectKind(rawValue: resource.kind) else {
            throw ValidationError("pods, services and endpoints can be deleted, not '\(kind)'")
        }
        let keys = names.map { ObjectKey(kind: kind, namespace: namespace, name: $0) }
        try await node.session { session in
            let requests = try await keys.asyncMap { try await session.request(.remove($0, resourceVersion: nil)) }
            let names = keys.map { "\($0.kind.rawValue.lowercased())/\($0.name)" }
            try await Settled.wait(forAll: zip(names, requests).map { (name: $0, replies: $1) }, done: "deleted")
        }
    }
}
