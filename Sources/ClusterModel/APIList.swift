/// A list as the master answers it, with what the server of 2014 wrote differently from kind to kind.
public struct APIList: Sendable, Equatable {
    /// The kind of each item.
    public var kind: APIKind
    /// In any order.
    public var items: [APIObject]
    /// The store's revision the list is of: watch after it, and nothing is missed.
    public var revision: UInt64
    /// The path of the collection.
    public var selfLink: String

    /// A list.
    public init(kind: APIKind, items: [APIObject], revision: UInt64, selfLink: String) {
        self.kind = kind
        self.items = items
        self.revision = revision
        self.selfLink = selfLink
    }

    /// The list as v1beta1 writes it. Without items a PodList has `[]`, a ServiceList `null` and the others nothing;
    /// a MinionList has no resourceVersion and holds its items twice, also under their older name.
    public func json() -> JSONObject {
        var object: JSONObject = ["kind": .string(kind.listName), "creationTimestamp": .null]
        object.append("selfLink", unlessEmpty: selfLink)
        if kind != .minion { object.append("resourceVersion", unlessZero: Int64(clamping: revision)) }
        object.append("apiVersion", .string(servedAPIVersion))
        let items = items.map { JSONValue.object($0.itemJSON()) }
        switch kind {
        case .pod: object.append("items", .array(items))
        case .service: object.append("items", items.isEmpty ? .null : .array(items))
        case _ where items.isEmpty: break
        case .minion:
            object.append("minions", .array(items))
            object.append("items", .array(items))
        case .endpoints, .replicationController, .event: object.append("items", .array(items))
        }
        return object
    }
}

/// The operations that have not been forgotten, as `/operations` lists them.
public struct ServerOpList: Sendable, Equatable {
    /// The names of the operations.
    public var ids: [String]

    /// A list of operations.
    public init(ids: [String]) {
        self.ids = ids
    }

    /// The list as v1beta1 writes it.
    public func json() -> JSONObject {
        var object: JSONObject = [
            "kind": "ServerOpList", "creationTimestamp": .null, "apiVersion": .string(servedAPIVersion),
        ]
        object.append("items", unlessEmpty: ids.map { ["id": .string($0), "creationTimestamp": .null] })
        return object
    }
}
