import ClusterModel

/// Decides what to do about one pod. Pure: the same situation gives the same plan.
///
/// The order of a pod's life: containers of an earlier incarnation go first; then the network container; then the others,
/// in the order of the manifest, each joined to it. A container whose spec changed is replaced in place and the pod keeps
/// its address; when the network container is dead, or its ports or the network it lives in changed, everything is
/// built anew, because containers joined to a dead one have no network and cannot be given another.
struct PodPlanner {
    let limits: PodLimits

    /// What to do now.
    func plan(_ situation: PodSituation) -> PodPlan {
        var builder = PlanBuilder(situation, limits: limits)
        guard let blueprint = situation.blueprint else { return planRemoval(&builder) }
        let standings = stand(blueprint, &builder)
        let report = PodStatusReport(situation: situation, blueprint: blueprint, standings: standings)
        return PodPlan(
            actions: builder.actions, wakeAt: builder.wakeAt, state: report.state, verdict: report.verdict)
    }

    private func planRemoval(_ builder: inout PlanBuilder) -> PodPlan {
        let situation = builder.situation
        builder.takeDown(situation.observed)
        if situation.observed.isEmpty { builder.removeVolumes { _ in true } }
        let state = PodStatusReport.state(ofUnwanted: situation.observed)
        let verdict: PodVerdict
        if situation.observed.isEmpty, situation.memory.volumes.isEmpty {
            verdict = .removed
        } else if let setback = situation.memory.removal {
            verdict = .failed(reason: setback.reason, message: setback.message, retryAt: setback.until)
        } else {
            verdict = .pending
        }
        return PodPlan(actions: builder.actions, wakeAt: builder.wakeAt, state: state, verdict: verdict)
    }

    /// Plans a wanted pod and says where each of its containers stands.
    private func stand(_ blueprint: PodBlueprint, _ builder: inout PlanBuilder) -> [String: Standing] {
        let situation = builder.situation
        let earlier = situation.observed.filter { $0.labels.uid != blueprint.desired.uid }
        guard earlier.isEmpty else {
            builder.takeDown(earlier)
            return standStill(blueprint, situation, reason: "WaitingForPreviousPod")
        }
        builder.removeVolumes { $0 != blueprint.desired.uid }
        if let obstacle = situation.obstacle { return standStill(blueprint, situation, reason: obstacle.reason) }

        let names = Set(blueprint.hashes.keys)
        let unnamed = situation.observed.filter { !names.contains($0.labels.container) }
        builder.end(unnamed.filter(\.isRunning), .unwanted)
        builder.remove(unnamed.filter { !$0.isRunning && !$0.isUnknown })

        var network = NetworkPlanner(blueprint: blueprint, limits: limits)
        network.plan(&builder)
        var standings = [ContainerLabels.network: network.standing]
        for container in blueprint.desired.pod.manifest.containers {
            let planner = ContainerPlanner(
                container: container, blueprint: blueprint, limits: limits, network: network.outcome)
            standings[container.name] = planner.plan(&builder)
        }
        return standings
    }

    /// Nothing is started; what runs is told of.
    private func standStill(
        _ blueprint: PodBlueprint, _ situation: PodSituation, reason: String
    ) -> [String: Standing] {
        var standings: [String: Standing] = [:]
        for name in blueprint.hashes.keys {
            let instances = Instances(of: name, in: situation.observed, uid: blueprint.desired.uid)
            standings[name] = instances.running.first.map(Standing.running) ?? .waiting(reason: reason)
        }
        return standings
    }
}

/// The instances of one container of a pod, newest first.
struct Instances {
    let all: [ObservedContainer]

    init(of container: String, in observed: [ObservedContainer], uid: String) {
        all = observed.filter { $0.labels.container == container && $0.labels.uid == uid }
            .sorted { ($0.labels.attempt, $0.id) > ($1.labels.attempt, $1.id) }
    }

    var running: [ObservedContainer] { all.filter(\.isRunning) }
    /// One the engine lists and never told of.
    var unknown: ObservedContainer? { all.first(where: \.isUnknown) }
    /// The newest that ended.
    var dead: (container: ObservedContainer, exit: ObservedContainer.Exit)? {
        all.lazy.compactMap { instance in instance.exit.map { (instance, $0) } }.first
    }

    /// The newest that ended, if it was made from the spec with this hash. How another spec ended is no reason to start this
    /// one later or not at all; the label says so even to an agent that did not see the change.
    func dead(madeFrom hash: String?) -> (container: ObservedContainer, exit: ObservedContainer.Exit)? {
        dead.flatMap { $0.container.labels.hash == hash ? $0 : nil }
    }

    /// What is removed as a matter of course: what never started, and the dead beyond those that are kept.
    func garbage(keeping deadInstances: Int) -> [ObservedContainer] {
        all.filter(\.isCreated) + all.filter { $0.exit != nil }.dropFirst(deadInstances)
    }
}
