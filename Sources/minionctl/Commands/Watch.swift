import ArgumentParser
import ClusterModel
import Wire

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every object, then every change as it happens, until interrupted.")

    @Argument(
        help: "pods, services, endpoints, nodes; all but endpoints unless given.",
        completion: .list(Resource.allCases.map(\.rawValue)))
    var resources: [String] = []
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if place.master != nil {
            throw ValidationError("watch shows a node; `minionctl get KIND --watch` shows a cluster's changes")
        }
    }

    func run() async throws {
        let words = resources.isEmpty ? ["pods", "services", "nodes"] : resources
        let chosen = try words.map { word in
            guard let resource = Resource(word: word), let kind = ObservedKind(rawValue: resource.kind) else {
                throw ValidationError("pods, services, endpoints and nodes can be watched, not '\(word)'")
            }
            return (kind: kind, resource: resource)
        }
        try await place.session { session in
            for try await event in try await session.watch(chosen.map(\.kind)) {
                switch event {
                case .status(let kind, let object): try Self.show(kind, object, in: chosen, removed: false)
                case .removed(let kind, let object): try Self.show(kind, object, in: chosen, removed: true)
                case .synced: try Output.say("-- that is all there is; changes follow --")
                }
            }
            throw Failure("the connection ended")
        }
    }

    /// One line per change: the kind and the cells of its row that say something.
    private static func show(
        _ kind: ObservedKind, _ object: JSONObject, in chosen: [(kind: ObservedKind, resource: Resource)], removed: Bool
    ) throws {
        guard let resource = chosen.first(where: { $0.kind == kind })?.resource else { return }
        let cells = removed ? [object["id"].map(\.cell) ?? "", "removed"] : resource.row(.object(object))
        try Output.say(([kind.rawValue.lowercased()] + cells.filter { !$0.isEmpty }).joined(separator: "  "))
    }
}
