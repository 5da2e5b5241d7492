/// A v1beta1 binding: the order to run a pod on a minion (reference §1.6). It is carried out and not kept.
public struct Binding: Sendable, Equatable {
    /// The pod's namespace.
    public var namespace: String
    /// The pod's `id`.
    public var podID: String
    /// The minion's `id`.
    public var host: String

    /// The order to run pod `podID` on minion `host`.
    public init(namespace: String = ObjectMeta.defaultNamespace, podID: String, host: String) {
        self.namespace = namespace
        self.podID = podID
        self.host = host
    }
}
