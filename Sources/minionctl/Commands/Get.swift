import ArgumentParser
import ClusterModel
import Wire

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show objects and their current state.")

    @Argument(help: "pods, services, endpoints or nodes")
    var resource: String
    @Argument(help: "Only the object of this name.")
    var name: String?
    @Option(name: .shortAndLong, help: "Only objects of this namespace.")
    var namespace: String?
    @Option(name: [.customShort("l"), .long], help: "Only objects whose labels match, k=v,k!=v.")
    var selector: String?
    @Option(name: .shortAndLong, help: "table, json or yaml")
    var output = Format.table
    @OptionGroup var node: NodeOptions

    func run() async throws {
        guard let resource = Resource(word: resource), let kind = ObservedKind(rawValue: resource.kind) else {
            throw ValidationError("pods, services, endpoints and nodes can be shown, not '\(resource)'")
        }
        let query = ObjectQuery(kind: kind, name: name, namespace: namespace, selector: selector)
        let (name, output) = (name, output)
        try await node.session { session in
            let items = try await session.get(query)
            if items.isEmpty, let name { throw Failure("\(kind.rawValue.lowercased())/\(name): not found") }
            Output.show(items.map { .object($0) }, as: output, resource)
        }
    }
}
