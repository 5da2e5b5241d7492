import ClusterModel

/// What one minion has, and what the pods bound to it take of it.
struct MinionLoad: Sendable {
    /// 0 is unlimited (reference §6.5 "PodFitsResources").
    var capacity = Resources()
    /// The minion's own labels.
    var labels: [String: String] = [:]
    /// Pods bound to it, and those about to be.
    private(set) var pods: [ObjectName: PodDemand] = [:]
    private var used = Resources()
    private var portHolders: [Int: Set<ObjectName>] = [:]
    private var diskUsers: [String: [ObjectName: Bool]] = [:]

    /// Takes a pod's demand, in place of what it took before; `nil` when it takes nothing any more.
    mutating func set(_ demand: PodDemand?, of pod: ObjectName) {
        if let old = pods[pod] {
            used -= old.resources
            for port in old.hostPorts {
                portHolders[port]?.remove(pod)
                if portHolders[port]?.isEmpty == true { portHolders[port] = nil }
            }
            for disk in old.disks {
                diskUsers[disk.name]?[pod] = nil
                if diskUsers[disk.name]?.isEmpty == true { diskUsers[disk.name] = nil }
            }
        }
        pods[pod] = demand
        guard let demand else { return }
        used += demand.resources
        for port in demand.hostPorts { portHolders[port, default: []].insert(pod) }
        for disk in demand.disks {
            // A pod that mounts a disk twice, once to write, writes.
            let before = diskUsers[disk.name]?[pod] ?? true
            diskUsers[disk.name, default: [:]][pod] = before && disk.readOnly
        }
    }

    /// Why a pod with `demand` does not fit here: the first of the rules of reference §6.5 that does not hold; `nil` when
    /// all do. A disk may be mounted by several pods when all of them only read it.
    func misfit(_ demand: PodDemand) -> Misfit? {
        let missing = demand.nodeSelector.filter { labels[$0.key] ?? "" != $0.value }
        if !missing.isEmpty {
            return .lacksLabels(missing.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        }
        for port in demand.hostPorts {
            if let holder = portHolders[port]?.min() { return .hostPort(port, holder: holder) }
        }
        for disk in demand.disks {
            if let rival = diskUsers[disk.name]?.filter({ !($0.value && disk.readOnly) }).keys.min() {
                return .disk(disk.name, user: rival)
            }
        }
        return shortage(demand.resources)
    }

    private func shortage(_ wanted: Resources) -> Misfit? {
        // A pod that asks for nothing always fits, also where others ask for too much.
        let (memory, cpu) = (capacity.memory - used.memory, capacity.cpu - used.cpu)
        if capacity.memory > 0, wanted.memory > 0, memory < wanted.memory { return .memory(free: max(0, memory)) }
        if capacity.cpu > 0, wanted.cpu > 0, cpu < wanted.cpu { return .cpu(free: max(0, cpu)) }
        return nil
    }

    /// How much of the minion its pods ask for: the mean of the shares of its memory and its cpu (reference §6.5
    /// "LeastRequested"), in tenths of a percent. What is unlimited has no share.
    var requestedShare: Int {
        (Self.share(used.memory, of: capacity.memory) + Self.share(used.cpu, of: capacity.cpu)) / 2
    }

    private static func share(_ part: Int64, of whole: Int64) -> Int {
        whole > 0 ? Int(Double(part) / Double(whole) * 1_000) : 0
    }
}
