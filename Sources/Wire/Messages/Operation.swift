public import ClusterModel

/// A kind whose state can be asked for (`get`, `watch`): the kinds a node is given, and the node itself.
public enum ObservedKind: String, Sendable, Hashable, CaseIterable {
    case pod = "Pod"
    case service = "Service"
    case endpoints = "Endpoints"
    case minion = "Minion"
    case node = "Node"

    /// The kind of the list of such objects: `PodList`.
    public var listKind: String { rawValue + "List" }
}

/// What a request asks for (PROTOCOL "Requests"). API objects stay JSON here: `ClusterModel.ObjectDecoder` makes objects of
/// them, because what is valid depends on the node's settings.
public enum Operation: Sendable, Equatable {
    /// `token` is compared with the node's, in constant time.
    case auth(token: String)
    /// Add or update the object, or every item of the list, that `object` is.
    case apply(object: JSONValue, resourceVersion: UInt64?)
    /// Remove the object; no error when there is none.
    case remove(ObjectKey, resourceVersion: UInt64?)
    /// All objects of `kind` this source wants. With `more`, a later `set` of the kind goes on with the list, and it takes
    /// effect with the one that has no `more`.
    case set(kind: ObjectKind, items: [JSONValue], resourceVersion: UInt64?, more: Bool)
    /// Everything up to `commit` is one change.
    case begin
    case commit
    /// From here this connection writes as leader `master` of `term`, 1 or more.
    case lead(master: String, term: UInt64)
    case get(ObjectQuery)
    /// The state of `kinds`, now and whenever it changes; never empty.
    case watch(kinds: [ObservedKind])
    /// What a container wrote.
    case logs(LogQuery)
    /// End the watch or the log whose request had this id; the request's own id is the same.
    case cancel(RequestID)
    case health
    case ping

    /// The value of `op`.
    public var name: OperationName {
        switch self {
        case .auth: .auth
        case .apply: .apply
        case .remove: .remove
        case .set: .set
        case .begin: .begin
        case .commit: .commit
        case .lead: .lead
        case .get: .get
        case .watch: .watch
        case .logs: .logs
        case .cancel: .cancel
        case .health: .health
        case .ping: .ping
        }
    }
}

/// Which objects a `get` asks for.
public struct ObjectQuery: Sendable, Equatable {
    /// One kind; a query for two is two queries.
    public var kind: ObservedKind
    /// `nil` asks for every name.
    public var name: String?
    /// `nil` asks for every namespace.
    public var namespace: String?
    /// A label selector as written (reference §1.0), not yet parsed; `nil` asks for every label.
    public var selector: String?

    /// A query for all objects of `kind`, less what the other arguments rule out.
    public init(kind: ObservedKind, name: String? = nil, namespace: String? = nil, selector: String? = nil) {
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self.selector = selector
    }
}

/// Whose log a `logs` asks for.
public struct LogQuery: Sendable, Equatable {
    /// Of kind `Pod`.
    public var pod: ObjectKey
    /// `nil` is the pod's only container.
    public var container: String?
    /// Which of its lines.
    public var range: LogRange

    /// A question for the log of one container.
    public init(pod: ObjectKey, container: String? = nil, range: LogRange = LogRange()) {
        self.pod = pod
        self.container = container
        self.range = range
    }
}

/// Every `op` of the protocol.
public enum OperationName: String, Sendable, Hashable, CaseIterable {
    case auth, apply, remove, set, begin, commit, lead, get, watch, logs, cancel, health, ping
    case run, explain, stats
}
