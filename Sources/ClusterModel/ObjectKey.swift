/// The kinds of object a node agent is given (PROTOCOL "Objects").
public enum ObjectKind: String, Sendable, Hashable, CaseIterable {
    case pod = "Pod"
    case service = "Service"
    case endpoints = "Endpoints"
    /// A peer of the node, or the node itself: what the pod network is made from.
    case minion = "Minion"

    /// Whether objects of the kind live in a namespace. Minions do not.
    public var isNamespaced: Bool { self != .minion }
}

/// What identifies an object: two objects of one kind, namespace and name are the same object (reference §9, trap 3).
public struct ObjectKey: Sendable, Hashable {
    /// What it is.
    public var kind: ObjectKind
    /// A DNS subdomain; `default` where the object named none, empty for a kind without namespaces.
    public var namespace: String
    /// The object's `id`.
    public var name: String

    /// The key of object `name` of `kind`; `namespace` is not looked at for a kind without namespaces.
    public init(kind: ObjectKind, namespace: String = ObjectMeta.defaultNamespace, name: String) {
        self.kind = kind
        self.namespace = kind.isNamespaced ? namespace : ""
        self.name = name
    }
}

extension ObjectKey: CustomStringConvertible {
    /// `Pod default/apache-1`, `Minion 172.16.213.140`.
    public var description: String {
        kind.isNamespaced ? "\(kind.rawValue) \(namespace)/\(name)" : "\(kind.rawValue) \(name)"
    }
}

extension ObjectKey: Comparable {
    /// By kind, then namespace, then name: the order of listings.
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.kind.rawValue, left.namespace, left.name) < (right.kind.rawValue, right.namespace, right.name)
    }
}

/// The header every v1beta1 object carries inline (reference §1.0 "TypeMeta"), less `kind` and `apiVersion`.
public struct ObjectMeta: Sendable, Equatable {
    /// The namespace of an object that names none.
    public static let defaultNamespace = "default"

    /// The object's name (`id`).
    public var name: String
    /// The server's identity for this incarnation of the name; empty where the pusher set none.
    public var uid: String
    /// RFC 3339 with seconds; `nil` is written as `null`.
    public var creationTimestamp: String?
    /// The object's URL path on the master; empty on an agent.
    public var selfLink: String
    /// The store's version of the object; 0 where the pusher set none.
    public var resourceVersion: UInt64
    /// A DNS subdomain.
    public var namespace: String
    /// Free text for other tools.
    public var annotations: [String: String]
    /// Whether the default namespace is left out of what is written: the API server of 2014 wrote none into endpoints and
    /// events that came without one. Only the master's decoder sets it.
    public var hidesDefaultNamespace = false

    /// A header; everything but the name has the default of an object that does not say.
    public init(
        name: String, uid: String = "", creationTimestamp: String? = nil, selfLink: String = "",
        resourceVersion: UInt64 = 0, namespace: String = ObjectMeta.defaultNamespace,
        annotations: [String: String] = [:]
    ) {
        self.name = name
        self.uid = uid
        self.creationTimestamp = creationTimestamp
        self.selfLink = selfLink
        self.resourceVersion = resourceVersion
        self.namespace = namespace
        self.annotations = annotations
    }
}
