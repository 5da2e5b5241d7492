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
    mutating func claim(_ ports: [PublishedPort], for key: ObjectKey) {
        waiting.removeAll { $0.key == key }
        if conflict(of: ports, for: key) != nil {
            waiting.append((key, ports))
        } else {
            take(ports, for: key)
        }
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
