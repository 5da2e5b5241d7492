import ClusterModel

/// What is said about a wanted pod: its v1beta1 `currentState` and how far it has got.
struct PodStatusReport {
    let situation: PodSituation
    let blueprint: PodBlueprint
    let standings: [String: Standing]

    private var manifest: ContainerManifest { blueprint.desired.pod.manifest }
    private var network: Standing { standing(ContainerLabels.network) }

    private func standing(_ name: String) -> Standing {
        standings[name] ?? .waiting(reason: "ContainerCreating")
    }

    /// The network container and the others in the order of the manifest.
    private var ordered: [(name: String, standing: Standing)] {
        ([ContainerLabels.network] + manifest.containers.map(\.name)).map { ($0, standing($0)) }
    }

    /// The state, less what the node knows of itself.
    var state: PodState {
        var info: [String: ContainerStatus] = [:]
        for container in manifest.containers {
            info[container.name] = status(of: container.name, image: container.image)
        }
        var net = status(of: ContainerLabels.network, image: situation.networkImage)
        if case .running(let container) = network {
            net.podIP = container.address
            net.image = container.image
        }
        info[ContainerLabels.network] = net
        return PodState(
            status: Self.status(of: manifest.containers.isEmpty ? [network] : ordered.dropFirst().map(\.standing)),
            message: message, podIP: net.podIP, info: info)
    }

    /// Everything that is wrong, one sentence each.
    private var message: String {
        var sentences = situation.obstacle.map { [$0.message] } ?? []
        for (name, standing) in ordered {
            if case .waiting(_, let message, _, true) = standing { sentences.append("\(name): \(message)") }
            if case .running(let container) = standing, let doubt = container.doubt {
                sentences.append("\(name): \(doubt)")
            }
        }
        return sentences.joined(separator: "; ")
    }

    /// How far the pod has got.
    var verdict: PodVerdict {
        if let obstacle = situation.obstacle {
            return .failed(reason: obstacle.reason, message: obstacle.message, retryAt: nil)
        }
        for case (let name, .waiting(let reason, let message, let retryAt, true)) in ordered {
            return .failed(reason: reason, message: "container \(name): \(message)", retryAt: retryAt)
        }
        for case (let name, .ended(_, let exit)) in ordered.dropFirst() where exit.code != 0 {
            return .failed(reason: "ContainerFailed", message: "container \(name) \(exit.words)", retryAt: nil)
        }
        let hasNetwork = ordered.dropFirst().isEmpty ? network.isRunning : true
        return hasNetwork && ordered.dropFirst().allSatisfy { $0.standing.isSettled } ? .applied : .pending
    }

    private func status(of name: String, image: String) -> ContainerStatus {
        let count = situation.memory.containers[name]?.attempt ?? 0
        return ContainerStatus(state: standing(name).v1beta1, restartCount: count, image: image)
    }

    /// The rule of reference §1.2: one that runs makes the pod run; all of them ended make it ended.
    private static func status(of standings: [Standing]) -> PodStatus {
        if standings.contains(where: { $0.v1beta1.isRunning }) { return .running }
        let isOver = !standings.isEmpty && standings.allSatisfy { if case .ended = $0 { true } else { false } }
        return isOver ? .terminated : .waiting
    }

    /// What is told of a pod that is being removed.
    static func state(ofUnwanted observed: [ObservedContainer]) -> PodState {
        var info: [String: ContainerStatus] = [:]
        for container in observed.sorted(by: { $0.labels.attempt < $1.labels.attempt }) {
            info[container.labels.container] = ContainerStatus(
                state: container.standing.v1beta1, restartCount: container.labels.attempt, image: container.image)
        }
        let isRunning = observed.contains { $0.isRunning && !$0.labels.isNetwork }
        return PodState(status: isRunning ? .running : .terminated, info: info)
    }
}

extension Standing {
    fileprivate var isRunning: Bool {
        if case .running = self { true } else { false }
    }

    /// Nothing is left to do about it: it runs, or has ended as it should.
    fileprivate var isSettled: Bool {
        switch self {
        case .running: true
        case .ended(_, let exit): exit.code == 0
        case .starting, .waiting, .ending: false
        }
    }

    fileprivate var v1beta1: ContainerStatus.State {
        switch self {
        case .running(let container), .ending(let container):
            container.state.v1beta1
        case .starting:
            .waiting(reason: "ContainerCreating")
        case .waiting(let reason, _, _, _):
            .waiting(reason: reason)
        case .ended(let container, _):
            container.state.v1beta1
        }
    }
}

extension ContainerStatus.State {
    fileprivate var isRunning: Bool {
        if case .running = self { true } else { false }
    }
}

extension ObservedContainer {
    fileprivate var standing: Standing {
        exit.map { .ended(self, $0) } ?? (isRunning ? .running(self) : .waiting(reason: "Terminating"))
    }
}

extension ObservedContainer.State {
    fileprivate var v1beta1: ContainerStatus.State {
        switch self {
        case .created: .waiting(reason: "ContainerCreating")
        case .running(let startedAt): .running(startedAt: Self.seconds(startedAt))
        case .exited(let exit):
            .terminated(
                exitCode: exit.code, reason: exit.reason, message: exit.error, startedAt: Self.seconds(exit.startedAt),
                finishedAt: Self.seconds(exit.finishedAt))
        case .removing: .waiting(reason: "Terminating")
        case .unknown: .waiting(reason: "ContainerUnknown")
        }
    }

    /// RFC 3339 with whole seconds, as v1beta1 writes times.
    private static func seconds(_ time: String) -> String {
        guard let dot = time.firstIndex(of: ".") else { return time }
        return time[..<dot] + (time.hasSuffix("Z") ? "Z" : "")
    }
}

extension ObservedContainer.Exit {
    fileprivate var reason: String {
        if outOfMemory { return "OOMKilled" }
        return code == 0 ? "Completed" : "Error"
    }
}
