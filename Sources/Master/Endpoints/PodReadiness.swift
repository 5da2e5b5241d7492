import ClusterModel

/// Whether a pod answers for its services.
enum PodReadiness: Sendable, Equatable {
    /// Its minion has not told of it yet.
    case unknown
    case notReady
    /// It does, at this address.
    case ready(IPv4Address)

    /// A pod answers when it runs, with every container of its manifest, has an address, and its minion can be reached. A
    /// minion that nobody can hear at all changes nothing: then what was last told of the pod holds.
    init(_ pod: Pod, state: PodState?, minion: MinionRoster.Standing) {
        if pod.desiredState.host.isEmpty {
            self = .notReady
            return
        }
        switch minion {
        case .unready, .lost: self = .notReady
        case .unknown, .ready, .unschedulable:
            // Another minion's word is about an earlier pod of that name.
            let isAboutIt = state.map { $0.host.isEmpty || $0.host == pod.desiredState.host } ?? false
            self = state.flatMap { isAboutIt ? Self(pod, state: $0) : nil } ?? .unknown
        }
    }

    private init(_ pod: Pod, state: PodState) {
        let isWhole = pod.manifest.containers.allSatisfy { container in
            if case .running = state.info[container.name]?.state { true } else { false }
        }
        if state.status == .running, isWhole, let address = IPv4Address(state.podIP) {
            self = .ready(address)
        } else {
            self = .notReady
        }
    }
}
