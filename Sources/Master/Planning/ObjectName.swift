import ClusterModel

/// Which object of a kind: what a service and its endpoints, or a controller and nothing else, have in common.
struct ObjectName: Sendable, Hashable {
    /// A DNS subdomain.
    var namespace: String
    /// The object's `id`.
    var name: String

    init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    init(_ meta: ObjectMeta) {
        self.init(namespace: meta.namespace, name: meta.name)
    }

    init(_ ref: ObjectRef) {
        self.init(namespace: ref.namespace, name: ref.name)
    }
}

extension ObjectName: Comparable {
    /// By namespace, then name.
    static func < (left: ObjectName, right: ObjectName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

extension ObjectName: CustomStringConvertible {
    /// `default/web`.
    var description: String { "\(namespace)/\(name)" }
}
