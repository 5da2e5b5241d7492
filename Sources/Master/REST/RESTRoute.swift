/// What a request asks for, read from its method and path alone (reference §6.2).
enum RESTRoute: Sendable, Equatable {
    case welcome
    case version
    case health
    case metrics
    case validate
    /// `/api`: which versions there are.
    case versions
    /// Another path is meant: this one has no last slash, or steps that lead nowhere.
    case moved(to: String)
    case list(Resource)
    case get(Resource, name: String)
    case create(Resource)
    case update(Resource, name: String)
    case delete(Resource, name: String)
    case watch(Resource)
    case operations
    case operation(id: String)
    /// Where a minion or a service is to be found.
    case redirect(Resource, name: String)
    /// Anything, passed on to a minion or a service; `rest` begins with `/`.
    case proxy(Resource, name: String, rest: String)
    /// How far an object has got on the minions it concerns.
    case deliveries(Resource, name: String)
    /// How every minion is.
    case minionStates
    /// Answered with 404 and a text, also for a known path with another method.
    case unknown

    /// The path of the API.
    static let prefix = "/api/v1beta1"
    /// What a request can be passed on to.
    static let proxied: Set<Resource> = [.minions, .services]
    /// What is brought to minions.
    static let delivered: Set<Resource> = [.pods, .services, .endpoints, .minions]

    /// The route of a request.
    /// - Parameters:
    ///   - method: in capitals.
    ///   - path: without query, percent-encoded as it came.
    init(method: String, path: String) {
        let cleaned = PathCleaning.clean(path)
        if cleaned != path {
            self = .moved(to: cleaned)
        } else if Self.folders.contains(path) {
            self = .moved(to: path + "/")
        } else if let rest = Self.steps(of: path) {
            self = Self.route(method, rest)
        } else {
            self = Self.support(method, path)
        }
    }

    /// What is not the API itself. Of 2014's no method was asked for.
    private static func support(_ method: String, _ path: String) -> RESTRoute {
        switch (path, method) {
        case ("/", _), ("/index.html", _): .welcome
        case ("/version", _): .version
        case ("/healthz", _): .health
        case ("/metrics", "GET"): .metrics
        case ("/validate", "GET"): .validate
        case ("/api", "GET"): .versions
        default: .unknown
        }
    }

    /// Paths that want a last slash.
    private static let folders: Set<String> = [prefix, prefix + "/watch", prefix + "/proxy", prefix + "/redirect"]

    /// The decoded parts of a path below the API's, without a last slash; `nil` for another path or one that is not encoded
    /// as RFC 3986 wants it.
    private static func steps(of path: String) -> [Substring]? {
        guard path.hasPrefix(prefix + "/") else { return nil }
        var steps = path.dropFirst(prefix.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        if steps.last?.isEmpty == true { steps.removeLast() }
        return steps
    }

    private static func route(_ method: String, _ steps: [Substring]) -> RESTRoute {
        guard let first = steps.first else { return .unknown }
        let rest = steps.dropFirst()
        switch (first, method) {
        case ("watch", "GET"):
            // What follows was not looked at.
            guard let resource = resource(rest.first), resource.isWatchable else { return .unknown }
            return .watch(resource)
        case ("validate", "GET"): return rest.isEmpty ? .validate : .unknown
        case ("redirect", "GET"):
            guard rest.count == 2, let (resource, name) = target(rest, of: proxied) else { return .unknown }
            return .redirect(resource, name: name)
        case ("proxy", _):
            guard rest.count >= 2, let (resource, name) = target(rest, of: proxied) else { return .unknown }
            return .proxy(resource, name: name, rest: "/" + rest.dropFirst(2).joined(separator: "/"))
        case ("deliveries", "GET"):
            guard rest.count == 2, let (resource, name) = target(rest, of: delivered) else { return .unknown }
            return .deliveries(resource, name: name)
        case ("minionStates", "GET"):
            return rest.isEmpty ? .minionStates : .unknown
        case ("operations", "GET"):
            if rest.isEmpty { return .operations }
            guard rest.count == 1, let id = name(rest.first) else { return .unknown }
            return .operation(id: id)
        default:
            guard let resource = resource(first) else { return .unknown }
            return object(method, resource, Array(rest))
        }
    }

    private static func object(_ method: String, _ resource: Resource, _ rest: [Substring]) -> RESTRoute {
        if rest.isEmpty {
            switch method {
            case "GET": return .list(resource)
            case "POST": return .create(resource)
            default: return .unknown
            }
        }
        guard rest.count == 1, let name = name(rest.first) else { return .unknown }
        switch method {
        case "GET": return .get(resource, name: name)
        case "PUT": return .update(resource, name: name)
        case "DELETE": return .delete(resource, name: name)
        default: return .unknown
        }
    }

    private static func target(
        _ steps: ArraySlice<Substring>, of resources: Set<Resource>
    ) -> (Resource, String)? {
        guard let resource = resource(steps.first), resources.contains(resource),
            let name = name(steps.dropFirst().first)
        else { return nil }
        return (resource, name)
    }

    private static func resource(_ step: Substring?) -> Resource? { step.flatMap { Resource(rawValue: String($0)) } }

    private static func name(_ step: Substring?) -> String? {
        guard let step, let name = PercentEncoding.decode(step), !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        return name
    }
}
