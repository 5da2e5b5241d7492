import APIClient
import ArgumentParser
import ClusterModel

/// What a cluster has, by the words a person types.
enum ClusterKind: CaseIterable {
    case pods, services, endpoints, replicationControllers, minions, events

    /// For completion and help.
    static var plurals: [String] { allCases.map(\.resource.pathName) }
    /// For completion and help.
    static var singulars: [String] { allCases.map { $0.words[0] } }

    /// Accepts singular, plural and short forms, in any case. Throws `ValidationError` with what there is.
    init(typed word: String) throws {
        let word = word.lowercased()
        let match = Self.allCases.first { kind in
            kind.words.contains { $0.lowercased() == word } || kind.resource.pathName.lowercased() == word
        }
        guard let match else {
            throw ValidationError("there are \(Self.plurals.joined(separator: ", ")), not '\(word)'")
        }
        self = match
    }

    /// The kind an object says it is of; `nil` for one that cannot be written by hand.
    init?(of object: JSONValue) {
        let kind = object["kind"].cell
        guard let match = Self.allCases.first(where: { $0.resource.kind == kind }) else { return nil }
        self = match
    }

    /// The collection.
    var resource: APIResource {
        switch self {
        case .pods: .pods
        case .services: .services
        case .endpoints: .endpoints
        case .replicationControllers: .replicationControllers
        case .minions: .minions
        case .events: .events
        }
    }

    /// Whether its objects live in namespaces.
    var isNamespaced: Bool { self != .minions }

    /// What people type for it; the first is the singular.
    private var words: [String] {
        switch self {
        case .pods: ["pod", "po"]
        case .services: ["service", "svc"]
        case .endpoints: ["endpoints", "endpoint", "ep"]
        case .replicationControllers: ["replicationController", "rc"]
        case .minions: ["minion", "node", "nodes", "no"]
        case .events: ["event", "ev"]
        }
    }

    /// `pod/web`, for messages.
    func named(_ name: String) -> String { "\(words[0])/\(name)" }
}
