import APIClient
import ArgumentParser
import ClusterModel
import Wire

struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove objects, by kind and name or all those of a file.",
        discussion: """
            On a node: waits until nothing of them is left; what is not there is removed already. With --master: what is not \
            there is an error.
            """)

    @Argument(
        help: "pod, service or endpoints; with --master also replicationController, minion, event.",
        completion: .list(ClusterKind.singulars))
    var kind: String?
    @Argument(help: "The objects' names.")
    var names: [String] = []
    @Option(name: .shortAndLong, help: "A file with the objects, as for apply.", completion: .file())
    var file: String?
    @Option(name: .shortAndLong, help: "Their namespace.")
    var namespace = ObjectMeta.defaultNamespace
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        guard (file == nil) != (kind == nil) else {
            throw ValidationError("name a kind and objects, or a file with -f")
        }
        if kind != nil, names.isEmpty { throw ValidationError("name the objects to be removed") }
    }

    func run() async throws {
        let documents = try file.map { Documents.items(of: try Documents.read($0)) }
        if let master = try place.cluster() {
            let (kind, names, namespace) = (kind, names, namespace)
            return try await place.client(of: master) { client in
                let writer = ClusterWriter(client: client, namespace: namespace)
                if let documents { return try await writer.delete(documents) }
                try await writer.delete(try ClusterKind(typed: kind ?? ""), names)
            }
        }
        let keys = try documents.map { try $0.map(key) } ?? names.map { try key(kind ?? "", $0, namespace) }
        try await place.session { session in
            let requests = try await keys.asyncMap { try await session.request(.remove($0, resourceVersion: nil)) }
            let names = keys.map { "\($0.kind.rawValue.lowercased())/\($0.name)" }
            try await Settled.wait(forAll: zip(names, requests).map { (name: $0, replies: $1) }, done: "deleted")
        }
    }

    private func key(_ object: JSONValue) throws -> ObjectKey {
        let kind = object["kind"].cell.isEmpty ? ObjectKind.pod.rawValue : object["kind"].cell
        guard !object["id"].cell.isEmpty else { throw Failure("an object of kind \(kind) has no id") }
        let own = object["namespace"].cell
        return try key(kind, object["id"].cell, own.isEmpty ? namespace : own)
    }

    private func key(_ kind: String, _ name: String, _ namespace: String) throws -> ObjectKey {
        guard let resource = Resource(word: kind), let kind = ObjectKind(rawValue: resource.kind) else {
            throw ValidationError("pods, services and endpoints of a node can be deleted, not '\(kind)'")
        }
        return ObjectKey(kind: kind, namespace: namespace, name: name)
    }
}
