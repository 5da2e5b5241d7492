public import ClusterModel

/// The network of the engine that pods live in.
public enum PodNetwork: Sendable, Equatable {
    /// Not known yet. Until it is nothing is started, and what runs is left where it is.
    case undecided
    /// The engine's default network, whose addresses are known on this node alone.
    case engineDefault
    /// The node's own part of the cluster's pod network (PROTOCOL "Objects"): its addresses are routed on every node.
    case subnet(IPv4Network)

    /// The subnet, where the network is the node's own.
    public var subnet: IPv4Network? {
        if case .subnet(let subnet) = self { subnet } else { nil }
    }
}
