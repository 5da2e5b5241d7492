public import ClusterModel

/// A chain of ours for the pod network, with the one jump that leads to it. `KUBE-PROXY` is the services'.
public enum PodChain: String, Sendable, CaseIterable {
    /// Hides pods' addresses from everything outside the pod network, and from nothing inside it.
    case masquerade = "MINION-MASQ"
    /// Lets packets from other nodes through to this node's pods: Docker has the kernel drop what it does not know
    /// (`FORWARD` with the policy `DROP`).
    case forward = "MINION-FORWARD"

    /// The table it is in.
    public var table: String {
        switch self {
        case .masquerade: "nat"
        case .forward: "filter"
        }
    }

    /// The built-in chain that jumps to it.
    public var hook: String {
        switch self {
        case .masquerade: "POSTROUTING"
        case .forward: "FORWARD"
        }
    }
}

/// The rules that the pod network needs on this node. A pure value.
public struct PodRules: Sendable, Equatable {
    /// The subnet of this node's pods.
    public var own: IPv4Network
    /// The subnets of all nodes' pods, this one's included, in any order; the fewest that say the same are rendered.
    public var podNetworks: [IPv4Network]

    /// Rules of a node whose pods live in `own`.
    public init(own: IPv4Network, podNetworks: [IPv4Network]) {
        self.own = own
        self.podNetworks = podNetworks
    }

    /// The rules of `chain` in order, each as `iptables-save` prints it after `-A <chain> `. O(n log n).
    ///
    /// Every rule names this node's subnet, so that none ever says anything about the packets of others, were the rest of them
    /// gone. `ACCEPT` ends the hook: a host that masquerades everything that leaves it still shows pods to each other. What
    /// stays on the bridge is left to Docker, which has to masquerade a pod that reaches itself by a port of the node.
    public func lines(of chain: PodChain) -> [String] {
        switch chain {
        case .masquerade:
            ["-s \(own) -d \(own) -j RETURN"]
                + IPv4Network.merged(podNetworks).map { "-s \(own) -d \($0) -j ACCEPT" }
                + ["-s \(own) -j MASQUERADE"]
        case .forward: ["-d \(own) -j ACCEPT"]
        }
    }
}

extension IPv4Network {
    /// The fewest networks that hold exactly the addresses of these, lowest first. O(n log n).
    static func merged(_ networks: [IPv4Network]) -> [IPv4Network] {
        var merged: [IPv4Network] = []
        for network in networks.sorted(by: { ($0.address, $0.prefixLength) < ($1.address, $1.prefixLength) }) {
            // The larger comes first: what overlaps the last lies within it.
            if let last = merged.last, last.overlaps(network) { continue }
            merged.append(network)
            while let whole = whole(of: merged.suffix(2)) {
                merged.replaceSubrange((merged.count - 2)..., with: [whole])
            }
        }
        return merged
    }

    /// The network of which these two are the halves.
    private static func whole(of halves: ArraySlice<IPv4Network>) -> IPv4Network? {
        guard let low = halves.first, let high = halves.last, low != high, low.prefixLength == high.prefixLength,
            let whole = IPv4Network(address: low.address, prefixLength: low.prefixLength - 1),
            whole.address == low.address, whole.contains(high.address)
        else { return nil }
        return whole
    }
}
