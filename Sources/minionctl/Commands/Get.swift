import APIClient
import ArgumentParser
import ClusterModel
import Wire

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show objects and their current state.")

    @Argument(
        help: """
            pods, services, endpoints or nodes; with --master pods, services, endpoints, replicationControllers, minions or \
            events.
            """,
        completion: .list(ClusterKind.plurals + ["nodes"]))
    var resource: String
    @Argument(help: "Only the object of this name.")
    var name: String?
    @Option(name: .shortAndLong, help: "Only objects of this namespace.")
    var namespace: String?
    @Option(name: [.customShort("l"), .long], help: "Only objects whose labels match, k=v,k!=v.")
    var selector: String?
    @Option(name: .shortAndLong, help: "How it is printed.")
    var output = Format.table
    @Flag(name: .shortAndLong, help: "With --master: then show every change, until interrupted.")
    var watch = false
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if watch, try place.isNode() {
            throw ValidationError("--watch is for --master; `minionctl watch` shows the changes of a node")
        }
        if name != nil, selector != nil { throw ValidationError("give a name or a selector, not both") }
    }

    func run() async throws {
        if let master = try place.cluster() {
            let getter = ClusterGetter(
                kind: try ClusterKind(typed: resource), name: name, namespace: namespace, selector: selector ?? "",
                format: output)
            let watch = watch
            return try await place.client(of: master) { client in
                let seen = try await getter.show(client)
                if watch { try await getter.follow(client, from: seen) }
            }
        }
        guard let resource = Resource(word: resource), let kind = ObservedKind(rawValue: resource.kind) else {
            throw ValidationError("pods, services, endpoints and nodes can be shown, not '\(resource)'")
        }
        let query = ObjectQuery(kind: kind, name: name, namespace: namespace, selector: selector)
        let (name, output) = (name, output)
        try await place.session { session in
            let items = try await session.get(query)
            if items.isEmpty, let name { throw Failure("\(kind.rawValue.lowercased())/\(name): not found") }
            try Output.show(items.map { .object($0) }, as: output, resource)
        }
    }
}
