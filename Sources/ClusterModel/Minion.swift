/// A v1beta1 minion: a machine that runs pods (reference §1.6). Minions live in no namespace.
public struct Minion: Sendable, Equatable {
    /// `id` is a DNS subdomain or an address, under which the master reaches the minion; `namespace` is empty.
    public var meta: ObjectMeta
    /// The minion's address where `id` is none; may be empty.
    public var hostIP: String
    /// What the pods on it may use in all, by resource (`cpu`, `memory`); what is not named is unlimited.
    public var capacity: [String: ResourceQuantity]
    /// What a pod's `nodeSelector` looks at.
    public var labels: [String: String]
    /// The subnet the minion's pods live in (PROTOCOL "Objects"); `nil` until one was allocated.
    public var podCIDR: IPv4Network?

    /// A minion; what is not given is empty.
    public init(
        meta: ObjectMeta, hostIP: String = "", capacity: [String: ResourceQuantity] = [:],
        labels: [String: String] = [:], podCIDR: IPv4Network? = nil
    ) {
        self.meta = meta
        self.hostIP = hostIP
        self.capacity = capacity
        self.labels = labels
        self.podCIDR = podCIDR
    }
}

extension Minion {
    /// What identifies the minion.
    public var key: ObjectKey { ObjectKey(kind: .minion, name: meta.name) }

    /// Where its machine is reached: `hostIP`, or `id` where that is an address; `nil` when neither says.
    public var address: IPv4Address? { IPv4Address(hostIP) ?? IPv4Address(meta.name) }
}

/// An amount of a resource as it was written (reference §1.0 "IntOrString": no canonicalisation).
public enum ResourceQuantity: Sendable, Hashable {
    case number(Int64)
    case text(String)

    /// The amount as a whole number; 0 for a text that is none, as the system of 2014 read it.
    public var value: Int64 {
        switch self {
        case .number(let number): number
        case .text(let text): Int64(text) ?? 0
        }
    }
}
