import ClusterModel

/// Thousandths of a core and bytes.
struct Resources: Sendable, Equatable {
    /// What one container is taken to ask for at the most: 128 TiB, so that no sum over a minion's pods overflows.
    static let containerBound: Int64 = 1 << 47

    /// Thousandths of a core.
    var cpu: Int64 = 0
    /// Bytes.
    var memory: Int64 = 0

    static func += (left: inout Resources, right: Resources) {
        left.cpu += right.cpu
        left.memory += right.memory
    }

    static func -= (left: inout Resources, right: Resources) {
        left.cpu -= right.cpu
        left.memory -= right.memory
    }
}

/// What a pod takes of the minion it is bound to.
struct PodDemand: Sendable, Equatable {
    /// A disk of a cloud that a pod mounts.
    struct Disk: Sendable, Equatable {
        var name: String
        var readOnly: Bool
    }

    /// The sum over its containers.
    var resources = Resources()
    /// The ports of the node its containers ask for, whatever the protocol (reference §6.5 "PodFitsPorts").
    var hostPorts: [Int] = []
    /// The disks it mounts.
    var disks: [Disk] = []
    /// Labels its minion must carry.
    var nodeSelector: [String: String] = [:]

    init(_ pod: Pod) {
        for container in pod.manifest.containers {
            resources += Resources(cpu: Self.bounded(container.cpu), memory: Self.bounded(container.memory))
            hostPorts += container.ports.map(\.hostPort).filter { $0 > 0 }
        }
        for volume in pod.manifest.volumes {
            if case .persistentDisk(let name, _, _, let readOnly) = volume.source {
                disks.append(Disk(name: name, readOnly: readOnly))
            }
        }
        nodeSelector = pod.nodeSelector
    }

    private static func bounded(_ amount: Int64) -> Int64 { min(max(0, amount), Resources.containerBound) }
}
