import ClusterModel

/// What the scheduler asks for.
enum SchedulerWrite: Sendable, Equatable {
    /// Bind the pod, if it is still at this version and has no minion, to one.
    case bind(Pod, minion: String)
    /// Tell people that, and why, the pod fits nowhere.
    case explain(Pod, FitReport)

    /// Whose pod.
    var pod: ObjectName {
        switch self {
        case .bind(let pod, _), .explain(let pod, _): ObjectName(pod.meta)
        }
    }
}

/// Gives each pod without a minion to one (reference §6.5), first come first served: among the minions that are ready and
/// where it fits, one with the fewest pods that share a service or a controller with it, then the least requested, then any.
///
/// A pod that fits nowhere waits 1 s, twice as long each time, 60 s at the most, and is tried again after 1 s when room is
/// made. What is bound stays bound: nothing is moved.
struct SchedulerPlanner: ControllerPlanner {
    private struct Pending {
        var pod: Pod
        var demand: PodDemand
        /// What was told last of why it fits nowhere.
        var told: FitReport?
    }

    /// A binding asked for. It counts as made until it is known better.
    private struct Assumption {
        var minion: String
        /// The revision that made it; `nil` while it is under way.
        var revision: UInt64?
    }

    private var isSynced = false
    private var roster: MinionRoster
    private var floor: MinionFloor
    private var pending: [ObjectName: Pending] = [:]
    private var assumed: [ObjectName: Assumption] = [:]
    private var work: WorkQueue<ObjectName>
    private var binding: Set<ObjectName> = []
    private var explaining: Set<ObjectName> = []
    /// Whether a pod that fitted nowhere may fit now.
    private var roomWasMade = false

    /// - Parameter seed: decides between minions that are equally good; the same seed decides the same.
    init(seed: UInt64, graces: MinionRoster.Graces = MinionRoster.Graces(), delay: RetryDelay = .standard) {
        roster = MinionRoster(graces: graces)
        floor = MinionFloor(seed: seed)
        work = WorkQueue(delay: delay)
    }

    private var room: Int { max(0, PlannerLimits.writesUnderWay - binding.count - explaining.count) }

    var next: Duration? {
        guard isSynced else { return nil }
        if roomWasMade { return .zero }
        return [room > 0 ? work.next : nil, roster.next].compactMap(\.self).min()
    }

    mutating func apply(_ change: ClusterChange) {
        roster.apply(change)
        switch change {
        case .put(.minion(let minion)):
            floor.set(minion)
            roomWasMade = true
        case .removed(.minion(let minion), _): floor.remove(minion: minion.meta.name)
        case .put(.service(let service)): floor.services.set(selector: service.selector, of: ObjectName(service.meta))
        case .removed(.service(let service), _): floor.services.set(selector: nil, of: ObjectName(service.meta))
        case .put(.replicationController(let controller)):
            floor.controllers.set(
                selector: controller.desiredState.replicaSelector, of: ObjectName(controller.meta))
        case .removed(.replicationController(let controller), _):
            floor.controllers.set(selector: nil, of: ObjectName(controller.meta))
        case .put(.pod(let pod)): put(pod)
        case .removed(.pod(let pod), _): remove(ObjectName(pod.meta))
        case .podStatus(let ref, let state): observe(ObjectName(ref), state)
        case .synced: isSynced = true
        case .put, .removed, .podGone, .minionCondition, .damaged: break
        }
    }

    mutating func plan(now: Duration) -> [SchedulerWrite] {
        guard isSynced else { return [] }
        for minion in roster.advance(now: now) where roster.standing(of: minion) == .ready { roomWasMade = true }
        if roomWasMade { work.hasten() }
        roomWasMade = false
        return work.popDue(now: now, limit: room).compactMap { decide($0, now: now) }
    }

    private mutating func decide(_ name: ObjectName, now: Duration) -> SchedulerWrite? {
        guard let candidate = pending[name], assumed[name] == nil, !binding.contains(name) else { return nil }
        switch floor.choose(name, candidate.demand, roster: roster) {
        case .success(let minion):
            assumed[name] = Assumption(minion: minion)
            binding.insert(name)
            floor.place(candidate.pod, on: minion, candidate.demand)
            return .bind(candidate.pod, minion: minion)
        case .failure(let report):
            work.fail(name, now: now)
            if candidate.told == report || explaining.contains(name) { return nil }
            pending[name]?.told = report
            explaining.insert(name)
            return .explain(candidate.pod, report)
        }
    }

    mutating func settle(_ write: SchedulerWrite, _ outcome: WriteOutcome, now: Duration) {
        switch write {
        case .explain:
            explaining.remove(write.pod)
            // Told again at the next try.
            if case .done = outcome { return }
            pending[write.pod]?.told = nil
        case .bind:
            binding.remove(write.pod)
            settle(binding: write.pod, outcome, now: now)
        }
    }

    private mutating func settle(binding name: ObjectName, _ outcome: WriteOutcome, now: Duration) {
        // The mirror may have told the end of it before: bound, or deleted.
        guard let candidate = pending[name], assumed[name]?.revision == nil else { return }
        switch outcome {
        case .done(let revision?) where revision > candidate.pod.meta.resourceVersion && assumed[name] != nil:
            assumed[name]?.revision = revision
            work.succeed(name)
        case .done:
            // A new pod of that name was told meanwhile.
            wait(candidate)
        case .conflict:
            wait(candidate)
            work.postpone(name, until: now + PlannerLimits.conflictPause)
        case .refused, .unavailable:
            wait(candidate)
            work.fail(name, now: now)
        }
    }
}

// MARK: - Changes

extension SchedulerPlanner {
    private mutating func put(_ pod: Pod) {
        let name = ObjectName(pod.meta)
        let demand = PodDemand(pod)
        if pod.desiredState.host.isEmpty {
            let old = pending[name]
            let isNew = old?.demand != demand || old?.pod.manifest.uuid != pod.manifest.uuid
            pending[name] = Pending(pod: pod, demand: demand, told: isNew ? nil : old?.told)
            if let assumption = assumed[name] {
                // Under way, or made by a revision the mirror has not come to: then this is older news.
                if assumption.revision.map({ pod.meta.resourceVersion < $0 }) ?? true { return }
            }
            if isNew { work.remove(name) }
            wait(Pending(pod: pod, demand: demand, told: pending[name]?.told))
        } else {
            assumed[name] = nil
            pending[name] = nil
            work.remove(name)
            roster.expect(pod.desiredState.host)
            if floor.place(pod, on: pod.desiredState.host, demand) { roomWasMade = true }
        }
    }

    /// The pod has no minion, and is to be given one.
    private mutating func wait(_ candidate: Pending) {
        let name = ObjectName(candidate.pod.meta)
        assumed[name] = nil
        floor.place(candidate.pod, on: nil, candidate.demand)
        work.add(name)
    }

    private mutating func remove(_ name: ObjectName) {
        pending[name] = nil
        assumed[name] = nil
        work.remove(name)
        if floor.remove(pod: name) { roomWasMade = true }
    }

    private mutating func observe(_ name: ObjectName, _ state: PodState) {
        if state.status == .terminated, floor.end(name) { roomWasMade = true }
    }
}
