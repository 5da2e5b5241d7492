import ClusterModel

/// A plan in the making: collects actions and the earliest moment at which to look again.
struct PlanBuilder {
    let situation: PodSituation
    let limits: PodLimits
    private(set) var actions: [PodAction] = []
    private(set) var wakeAt: Duration?

    init(_ situation: PodSituation, limits: PodLimits) {
        self.situation = situation
        self.limits = limits
    }

    var now: Duration { situation.now }

    mutating func act(_ action: PodAction) { actions.append(action) }

    mutating func wake(at moment: Duration) { wakeAt = min(wakeAt ?? moment, moment) }

    /// Ends running containers: their stop signal now, SIGKILL after the grace, and again should that be without effect.
    mutating func end(_ containers: [ObservedContainer], _ purpose: StopPurpose) {
        guard situation.mayStop, !containers.isEmpty else { return }
        var told: [String: [ObservedContainer]] = [:]
        for container in containers {
            if let stop = situation.memory.stopping[container.id] {
                let due = (stop.killedAt ?? stop.since) + limits.stopGrace
                if now >= due { told["KILL", default: []].append(container) } else { wake(at: due) }
            } else {
                told[container.stopSignal, default: []].append(container)
            }
        }
        for (signal, containers) in told.sorted(by: { $0.key < $1.key }) {
            act(.signal(containers, signal: signal, purpose: purpose))
        }
        wake(at: now + limits.stopPoll)
    }

    /// Removes containers that do not run, or network containers, which have nothing to lose.
    mutating func remove(_ containers: [ObservedContainer]) {
        let left = containers.filter { $0.state != .removing }
        if left.count < containers.count { wake(at: now + limits.stopPoll) }
        guard !left.isEmpty, !waitsAfterRemovalFailure() else { return }
        act(.remove(left))
    }

    /// Ends what runs, with grace and the network last, and removes all of it.
    mutating func takeDown(_ containers: [ObservedContainer]) {
        let alive = containers.filter { $0.isRunning || $0.isUnknown }
        guard situation.mayStop || alive.isEmpty else { return }
        let graced = alive.filter { !$0.labels.isNetwork && !isBeyondSignals($0) }
        if graced.isEmpty { remove(containers) } else { end(graced, .unwanted) }
    }

    mutating func removeVolumes(where isUnwanted: (String) -> Bool) {
        let uids = situation.memory.volumes.filter(isUnwanted).sorted()
        guard !uids.isEmpty, !waitsAfterRemovalFailure() else { return }
        for uid in uids { act(.removeVolumes(uid: uid)) }
    }

    private mutating func waitsAfterRemovalFailure() -> Bool {
        guard let setback = situation.memory.removal, now < setback.until else { return false }
        wake(at: setback.until)
        return true
    }

    /// SIGKILL was sent and nothing came of it: what is left to try is the engine's forced removal.
    private func isBeyondSignals(_ container: ObservedContainer) -> Bool {
        guard let killedAt = situation.memory.stopping[container.id]?.killedAt else { return false }
        return now >= killedAt + limits.stopGrace
    }
}
