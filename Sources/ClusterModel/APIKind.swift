/// The kinds of object the master keeps and answers (reference §6.2).
public enum APIKind: String, Sendable, Hashable, CaseIterable {
    case pod = "Pod"
    case service = "Service"
    case endpoints = "Endpoints"
    case replicationController = "ReplicationController"
    case minion = "Minion"
    case event = "Event"

    /// What v1beta1 calls a list of the kind: `PodList`.
    public var listName: String { rawValue + ObjectForm.listSuffix }

    /// The kind in the messages of a `Status`: `replicationController "x" not found`.
    public var messageName: String { rawValue.prefix(1).lowercased() + rawValue.dropFirst() }

    /// Whether objects of the kind live in a namespace. Minions do not.
    public var isNamespaced: Bool { self != .minion }
}

/// What identifies an object of the master.
public struct ObjectRef: Sendable, Hashable {
    /// What it is.
    public var kind: APIKind
    /// A DNS subdomain; empty for a kind without namespaces.
    public var namespace: String
    /// The object's `id`.
    public var name: String

    /// Object `name` of `kind`; `namespace` is not looked at for a kind without namespaces.
    public init(_ kind: APIKind, namespace: String = ObjectMeta.defaultNamespace, name: String) {
        self.kind = kind
        self.namespace = kind.isNamespaced ? namespace : ""
        self.name = name
    }
}

extension ObjectRef: CustomStringConvertible {
    /// `Pod default/apache-1`, `Minion 172.16.213.140`.
    public var description: String {
        kind.isNamespaced ? "\(kind.rawValue) \(namespace)/\(name)" : "\(kind.rawValue) \(name)"
    }
}

extension ObjectRef: Comparable {
    /// By kind, then namespace, then name.
    public static func < (left: ObjectRef, right: ObjectRef) -> Bool {
        (left.kind.rawValue, left.namespace, left.name) < (right.kind.rawValue, right.namespace, right.name)
    }
}
