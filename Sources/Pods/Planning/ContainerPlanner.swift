import ClusterModel

/// Decides about one container of a wanted pod.
struct ContainerPlanner {
    let container: Container
    let blueprint: PodBlueprint
    let limits: PodLimits
    let network: NetworkPlanner.Outcome

    /// Adds what is to be done and says where the container stands.
    func plan(_ builder: inout PlanBuilder) -> Standing {
        let situation = builder.situation
        let instances = Instances(of: container.name, in: situation.observed, uid: blueprint.desired.uid)
        if let unknown = instances.unknown, case .unknown(let why) = unknown.state {
            return .waiting(reason: "ContainerUnknown", message: why, isFailure: true)
        }
        let kept = instances.running.first(where: isAsWanted)
        let surplus = instances.running.filter { $0.id != kept?.id }
        // Without a network they are all ended together, by the network's planner.
        if network.isThere {
            builder.end(surplus.filter(hasWantedHash), kept == nil ? .rebuild : .unwanted)
            builder.end(surplus.filter { !hasWantedHash($0) }, kept == nil ? .replace : .unwanted)
        }
        builder.remove(instances.garbage(keeping: limits.deadInstances))
        if let kept { return .running(kept) }
        if let leaving = surplus.first { return .ending(leaving) }
        return planStart(after: instances, &builder)
    }

    private func planStart(after instances: Instances, _ builder: inout PlanBuilder) -> Standing {
        let memory = builder.situation.memory.containers[container.name] ?? ContainerMemory()
        let policy = blueprint.desired.pod.manifest.restartPolicy
        let dead = instances.dead(madeFrom: blueprint.hashes[container.name])
        if let dead,
            !RestartRule.wantsStart(policy: policy, newestExit: dead.exit, replacement: memory.replacement)
        {
            return .ended(dead.container, dead.exit)
        }
        if let waiting = memory.wait(after: dead?.exit, now: builder.now, limits: limits) {
            waiting.retryAt.map { builder.wake(at: $0) }
            return waiting.standing
        }
        guard network.isComing else { return .waiting(reason: "ContainerCreating") }
        let step = ImageRule.step(
            image: container.image, policy: container.pullPolicy, memory: memory.image, now: builder.now)
        return builder.begin(
            step, image: container.image, container: container.name, memory: memory,
            volumes: !blueprint.emptyDirectories.isEmpty)
    }

    private func hasWantedHash(_ instance: ObservedContainer) -> Bool {
        instance.labels.hash == blueprint.hashes[container.name]
    }

    private func isAsWanted(_ instance: ObservedContainer) -> Bool {
        guard case .there(let id) = network else { return false }
        return hasWantedHash(instance) && instance.sharesNetworkWith == id
    }
}

/// Decides about the network container of a wanted pod.
struct NetworkPlanner {
    /// What the other containers may count on.
    enum Outcome: Equatable {
        /// It runs; its id.
        case there(String)
        /// This plan starts it.
        case coming
        /// Not in this plan.
        case absent
    }

    let blueprint: PodBlueprint
    let limits: PodLimits
    private(set) var outcome = Outcome.absent
    private(set) var standing = Standing.waiting(reason: "ContainerCreating")

    init(blueprint: PodBlueprint, limits: PodLimits) {
        self.blueprint = blueprint
        self.limits = limits
    }

    /// Adds what is to be done and fills `outcome` and `standing`.
    mutating func plan(_ builder: inout PlanBuilder) {
        let situation = builder.situation
        let nets = Instances(of: ContainerLabels.network, in: situation.observed, uid: blueprint.desired.uid)
        let hash = blueprint.hashes[ContainerLabels.network]
        if let good = nets.running.first(where: { $0.labels.hash == hash }) {
            builder.end(nets.running.filter { $0.id != good.id }, .unwanted)
            builder.remove(nets.garbage(keeping: limits.deadInstances))
            outcome = .there(good.id)
            standing = .running(good)
            return
        }
        if let unknown = nets.unknown, case .unknown(let why) = unknown.state {
            standing = .waiting(reason: "ContainerUnknown", message: why, isFailure: true)
            return
        }
        let purpose: StopPurpose = nets.running.isEmpty ? .rebuild : .replace
        let joined = situation.observed.filter { !$0.labels.isNetwork && ($0.isRunning || $0.isUnknown) }
        if let stale = nets.running.first { standing = .ending(stale) }
        guard joined.isEmpty else { return builder.end(joined.filter(\.isRunning), purpose) }
        guard nets.running.isEmpty else { return builder.end(nets.running, purpose) }
        planStart(after: nets, &builder)
    }

    private mutating func planStart(after nets: Instances, _ builder: inout PlanBuilder) {
        let situation = builder.situation
        if let dead = nets.dead { standing = .ended(dead.container, dead.exit) }
        builder.remove(nets.garbage(keeping: limits.deadInstances))
        guard isNeeded(situation) else { return }
        let memory = situation.memory.containers[ContainerLabels.network] ?? ContainerMemory()
        let last = nets.dead(madeFrom: blueprint.hashes[ContainerLabels.network])
        if let waiting = memory.wait(after: last?.exit, now: builder.now, limits: limits) {
            waiting.retryAt.map { builder.wake(at: $0) }
            standing = waiting.standing
            return
        }
        let step = ImageRule.step(
            image: situation.networkImage, policy: .ifNotPresent, memory: memory.image, now: builder.now)
        standing = builder.begin(
            step, image: situation.networkImage, container: ContainerLabels.network, memory: memory, volumes: false)
        if standing == .starting { outcome = .coming }
    }

    /// A pod of which no container is to run needs no network any more; one without containers is nothing but network.
    private func isNeeded(_ situation: PodSituation) -> Bool {
        let manifest = blueprint.desired.pod.manifest
        return manifest.containers.isEmpty
            || manifest.containers.contains { container in
                let instances = Instances(of: container.name, in: situation.observed, uid: blueprint.desired.uid)
                return RestartRule.wantsStart(
                    policy: manifest.restartPolicy,
                    newestExit: instances.dead(madeFrom: blueprint.hashes[container.name])?.exit,
                    replacement: situation.memory.containers[container.name]?.replacement)
            }
    }
}

extension NetworkPlanner.Outcome {
    var isThere: Bool {
        if case .there = self { true } else { false }
    }

    var isComing: Bool { self != .absent }
}

extension PlanBuilder {
    /// Starts a container, or brings its image first.
    fileprivate mutating func begin(
        _ step: ImageRule.Step, image: String, container: String, memory: ContainerMemory, volumes: Bool
    ) -> Standing {
        switch step {
        case .run:
            if volumes && !actions.contains(.makeVolumes) { act(.makeVolumes) }
            act(.start(container: container, attempt: memory.nextAttempt))
            return .starting
        case .fetch, .wait:
            if step == .fetch { act(.fetch(image: image, container: container)) }
            let setback = memory.image.setback
            return .waiting(
                reason: setback?.reason ?? "PullingImage", message: setback?.message ?? "", isFailure: setback != nil)
        case .backOff(let setback):
            wake(at: setback.until)
            return .waiting(
                reason: setback.reason, message: setback.message, retryAt: setback.until, isFailure: true)
        }
    }
}

extension ContainerMemory {
    /// Why the next instance is not started yet; `nil` when it may be.
    fileprivate func wait(
        after exit: ObservedContainer.Exit?, now: Duration, limits: PodLimits
    ) -> (standing: Standing, retryAt: Duration?)? {
        if let refusal, now < refusal.until {
            let standing = Standing.waiting(
                reason: refusal.reason, message: refusal.message, retryAt: refusal.until, isFailure: true)
            return (standing, refusal.until)
        }
        guard let exit, replacement == nil else { return nil }
        let due = restart(after: exit, limits: limits)
        guard now < due else { return nil }
        let times = crashes > 1 ? ", \(crashes) times in a row" : ""
        let standing = Standing.waiting(
            reason: crashes > 1 ? "CrashLoopBackOff" : "ContainerExited", message: exit.words + times, retryAt: due,
            isFailure: true)
        return (standing, due)
    }
}
