import APIClient
import ArgumentParser
import ClusterModel
import Wire

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a pod does not run, or why nobody answers a service.",
        discussion: """
            With --master: what the scheduler, the minion and the engine say, in that order. On a node: what the node itself \
            knows.
            """)

    @Argument(help: "pod or service; both are looked for unless it is given.", completion: .list(["pod", "service"]))
    var kind: String?
    @Argument(help: "The object's name.")
    var name: String?
    @Option(name: .shortAndLong, help: "Its namespace.")
    var namespace = ObjectMeta.defaultNamespace
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        if kind == nil { throw ValidationError("name a pod or a service") }
        if name != nil, try kinds().isEmpty {
            throw ValidationError("pods and services are explained, not '\(kind ?? "")'")
        }
    }

    /// What is looked for, in order. The only word there is, is the name.
    private func kinds() throws -> [ClusterKind] {
        guard name != nil else { return [.pods, .services] }
        let kind = try? ClusterKind(typed: kind ?? "")
        return kind.map { [.pods, .services].contains($0) ? [$0] : [] } ?? []
    }

    func run() async throws {
        let (kinds, name, namespace) = (try kinds(), name ?? kind ?? "", namespace)
        if let master = try place.cluster() {
            return try await place.client(of: master) { client in
                let words = try await ClusterExplainer(client: client, namespace: namespace).explain(name, as: kinds)
                for line in words { try Output.say(line) }
            }
        }
        try await place.session { session in
            for kind in kinds {
                let query = ObjectQuery(
                    kind: kind == .pods ? .pod : .service, name: name, namespace: namespace)
                guard let object = try await session.get(query).first else { continue }
                for line in NodeExplanation.lines(of: .object(object), kind) { try Output.say(line) }
                return
            }
            throw Failure("\(name): no pod and no service of this name is wanted on this node")
        }
    }
}
