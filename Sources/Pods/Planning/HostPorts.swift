import ClusterModel

/// Who holds which port of the node. First come, first served: a later pod that wants a taken one waits until its holder
/// is gone (reference §2.4 step 1, with hostIP and protocol told apart).
struct HostPorts {
    /// Why a pod waits.
    struct Conflict: Equatable {
        var port: PublishedPort
        var holder: ObjectKey

        var obstacle: PodObstacle {
            let address = port.hostIP.isEmpty ? "" : "\(port.hostIP):"
            return PodObstacle(
                reason: "HostPortConflict",
                message: "host port \(address)\(port.hostPort)/\(port.transport.rawValue) is held by \(holder)")
        }
    }

    private struct Number: Hashable {
        var port: Int
        var transport: TransportProtocol
    }

    private struct Claim {
        var hostIP: String
        var holder: ObjectKey
    }

    private var claims: [Number: [Claim]] = [:]
    private var held: [ObjectKey: [PublishedPort]] = [:]
    /// Who waits, in the order they came.
    private(set) var waiting: [(key: ObjectKey, ports: [PublishedPort])] = []

    /// Why `key` waits, or `nil`.
    func conflict(of key: ObjectKey) -> Conflict? {
        waiting.first { $0.key == key }.flatMap { conflict(of: $0.ports, for: key) }
    }

    /// Takes all of `ports` for `key`, in place of those it had. When one is taken by another pod `key` keeps what it had
    /// and waits.
    mutating func claim(_ ports: [PublishedPort], for key: ObjectKey) { claim([(key, ports)]) }

    /// The same for several pods at once, in order, each named once: all first give up what they no longer ask for, so that
    /// two may swap. O(pods), and once more for each that has to take back what it gave up.
    mutating func claim(_ wishes: [(key: ObjectKey, ports: [PublishedPort])]) {
        let keys = Set(wishes.map(\.key))
        waiting.removeAll { keys.contains($0.key) }
        let before = wishes.map { held[$0.key] ?? [] }
        var refused: Set<ObjectKey> = []
        while let returning = attempt(wishes, over: before, refused) { refused.insert(returning) }
        waiting += wishes.filter { held[$0.key] != ($0.ports.isEmpty ? nil : $0.ports) }
    }

    /// Returns a pod that goes without and has to have back what it had; `nil` when nobody has to any more.
    private mutating func attempt(
        _ wishes: [(key: ObjectKey, ports: [PublishedPort])], over before: [[PublishedPort]], _ refused: Set<ObjectKey>
    ) -> ObjectKey? {
        for ((key, ports), had) in zip(wishes, before) {
            let kept = had.filter { port in ports.contains { $0.isSamePlace(as: port) } }
            take(refused.contains(key) ? had : kept, for: key)
        }
        for ((key, ports), had) in zip(wishes, before) where !refused.contains(key) {
            if conflict(of: ports, for: key) == nil {
                take(ports, for: key)
            } else if held[key] ?? [] != had {
                return key
            }
        }
        return nil
    }

    /// Gives up what `key` had and waited for. Returns the pods whose waiting that ends.
    mutating func release(_ key: ObjectKey) -> [ObjectKey] {
        waiting.removeAll { $0.key == key }
        take([], for: key)
        return grant()
    }

    /// Gives waiting pods the ports that have become free, first come first served, and returns whom.
    mutating func grant() -> [ObjectKey] {
        var granted: [ObjectKey] = []
        for (key, ports) in waiting where conflict(of: ports, for: key) == nil {
            take(ports, for: key)
            granted.append(key)
        }
        waiting.removeAll { granted.contains($0.key) }
        return granted
    }

    private mutating func take(_ ports: [PublishedPort], for key: ObjectKey) {
        for port in held[key] ?? [] { claims[number(port)]?.removeAll { $0.holder == key } }
        held[key] = ports.isEmpty ? nil : ports
        for port in ports { claims[number(port), default: []].append(Claim(hostIP: port.hostIP, holder: key)) }
    }

    private func conflict(of ports: [PublishedPort], for key: ObjectKey) -> Conflict? {
        for port in ports {
            let rival = claims[number(port)]?.first { $0.holder != key && Self.overlap($0.hostIP, port.hostIP) }
            if let rival { return Conflict(port: port, holder: rival.holder) }
        }
        return nil
    }

    private func number(_ port: PublishedPort) -> Number { Number(port: port.hostPort, transport: port.transport) }

    private static func overlap(_ left: String, _ right: String) -> Bool {
        left == right || isWildcard(left) || isWildcard(right)
    }

    private static func isWildcard(_ address: String) -> Bool { address.isEmpty || address == "0.0.0.0" }
}

extension PublishedPort {
    /// Whether both are the same port of the node, wherever it leads.
    fileprivate func isSamePlace(as other: PublishedPort) -> Bool {
        hostIP == other.hostIP && hostPort == other.hostPort && transport == other.transport
    }
}
