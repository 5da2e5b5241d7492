import ClusterModel

/// What a replication controller asks for.
enum ReplicationWrite: Sendable, Equatable {
    /// Make this pod, whose name is new.
    case create(Pod, controller: ObjectName)
    /// Delete the pod, if it is still at this version.
    case delete(pod: ObjectName, version: UInt64, controller: ObjectName, Cause)

    /// Why a pod is deleted.
    enum Cause: Sendable, Equatable {
        /// There are more than its controller wants.
        case surplus
        /// The minion it is bound to is lost.
        case lost(minion: String)
    }

    /// On whose behalf.
    var controller: ObjectName {
        switch self {
        case .create(_, let controller), .delete(_, _, let controller, _): controller
        }
    }
}

/// Keeps as many pods as each replication controller wants (reference §6.6): makes what is missing from its template and
/// deletes what is too much. Pods that match the selector count whoever made them; of several controllers that match, the
/// one that a pod's label names, else the first by name. Deleting a controller deletes no pod.
///
/// Pods on a minion that is lost count no longer and are deleted, so that others are made elsewhere. Whether they still run
/// there nobody can tell: two may run at once from the end of the grace until the minion is back and is told the set without
/// them. That cannot be avoided by whoever cannot reach the machine. Pods of no controller stay bound.
struct ReplicationPlanner: ControllerPlanner {
    /// The label that new pods carry beside those of the template, as the system of the founding article gave it.
    static let label = "replicationController"
    /// Pods one controller makes or deletes at once, so that a large one does not keep others waiting.
    static let burst = 32
    /// How long a pod that was made counts before the mirror tells of it. It always does, unless the pod was deleted again
    /// while the mirror was not looking.
    static let sightBound: Duration = .seconds(300)

    private let newName: @Sendable () -> String
    private var isSynced = false
    private var roster: MinionRoster
    private var controllers: [ObjectName: ReplicationController] = [:]
    private var pods = ControlledPods()
    private var creations = PendingCreations(bound: Self.sightBound)
    /// Pods whose deletion was asked for, and is not told of yet.
    private var deleting: Set<ObjectName> = []
    private var work = WorkQueue<ObjectName>()
    private var underWay = 0

    /// - Parameter newName: a name no other pod has; every call another.
    init(graces: MinionRoster.Graces = MinionRoster.Graces(), newName: @escaping @Sendable () -> String) {
        roster = MinionRoster(graces: graces)
        self.newName = newName
    }

    private var room: Int { max(0, PlannerLimits.writesUnderWay - underWay) }

    var next: Duration? {
        guard isSynced else { return nil }
        return [room > 0 ? work.next : nil, roster.next, creations.next].compactMap(\.self).min()
    }

    mutating func apply(_ change: ClusterChange) {
        roster.apply(change)
        switch change {
        case .put(.replicationController(let controller)): put(controller)
        case .removed(.replicationController(let controller), _): removed(controller: ObjectName(controller.meta))
        case .put(.pod(let pod)): put(pod)
        case .removed(.pod(let pod), _): removed(pod: ObjectName(pod.meta))
        case .podStatus(let ref, let state): work.add(pods.observe(ObjectName(ref), state))
        case .synced: isSynced = true
        case .put, .removed, .podGone, .minionCondition, .damaged: break
        }
    }

    mutating func plan(now: Duration) -> [ReplicationWrite] {
        guard isSynced else { return [] }
        for minion in roster.advance(now: now) { work.add(pods.controllers(withPodsOn: minion)) }
        work.add(creations.advance(now: now))
        var writes: [ReplicationWrite] = []
        while room > 0, let controller = work.popDue(now: now, limit: 1).first {
            let asked = decide(controller)
            if asked.isEmpty { work.succeed(controller) }
            underWay += asked.count
            writes += asked
        }
        return writes
    }

    mutating func settle(_ write: ReplicationWrite, _ outcome: WriteOutcome, now: Duration) {
        underWay -= 1
        switch write {
        case .create(let pod, let controller): settle(creation: ObjectName(pod.meta), controller, outcome)
        case .delete(let pod, _, _, _):
            if case .done = outcome { break }
            deleting.remove(pod)
        }
        switch outcome {
        case .done:
            work.succeed(write.controller)
            work.add(write.controller)
        case .conflict: work.postpone(write.controller, until: now + PlannerLimits.conflictPause)
        case .refused, .unavailable: work.fail(write.controller, now: now)
        }
    }

    private mutating func settle(creation pod: ObjectName, _ controller: ObjectName, _ outcome: WriteOutcome) {
        switch outcome {
        // A conflict is a pod of that name, and nobody else gives such names: an earlier try had worked.
        case .done, .conflict: creations.made(pod)
        case .unavailable: creations.mayExist(pod)
        case .refused: creations.failed(pod)
        }
    }
}

// MARK: - Decisions

extension ReplicationPlanner {
    private mutating func decide(_ name: ObjectName) -> [ReplicationWrite] {
        guard let controller = controllers[name] else { return [] }
        let mine = pods.pods(of: name).filter { !deleting.contains($0.name) }
        let (lost, present) = mine.divided { roster.standing(of: $0.pod.desiredState.host) == .lost }
        let active = present.filter { !$0.isOver }
        let limit = min(room, Self.burst)
        var writes = lost.prefix(limit).map { delete($0, name, .lost(minion: $0.pod.desiredState.host)) }
        let wanted = max(0, controller.desiredState.replicas)
        // What was asked for and is not seen yet goes first when there are too many: until then nothing goes for it.
        let (excess, missing) = (active.count - wanted, wanted - active.count - creations.count(of: name))
        if excess > 0 {
            let victims = active.sorted { isBefore($0, $1) }.prefix(min(excess, limit - writes.count))
            writes += victims.map { delete($0, name, .surplus) }
        } else if missing > 0, LabelIndex.holds(controller.desiredState.replicaSelector, of: labels(of: controller)) {
            // Of a template that the selector does not match there would never be enough.
            for _ in 0..<min(missing, limit - writes.count) { writes.append(create(for: controller, name)) }
        }
        return writes
    }

    private mutating func delete(
        _ victim: ControlledPods.Entry, _ controller: ObjectName, _ cause: ReplicationWrite.Cause
    ) -> ReplicationWrite {
        deleting.insert(victim.name)
        return .delete(
            pod: victim.name, version: victim.pod.meta.resourceVersion, controller: controller, cause)
    }

    private mutating func create(for controller: ReplicationController, _ name: ObjectName) -> ReplicationWrite {
        let id = creations.begin(for: name, newName: newName)
        let template = controller.desiredState.podTemplate
        let pod = Pod(
            meta: ObjectMeta(name: id, namespace: name.namespace), labels: labels(of: controller),
            desiredState: PodState(manifest: template.manifest), nodeSelector: template.nodeSelector)
        return .create(pod, controller: name)
    }

    private func labels(of controller: ReplicationController) -> [String: String] {
        controller.desiredState.podTemplate.labels.merging([Self.label: controller.meta.name]) { $1 }
    }

    /// Which goes first when there are too many: what was given to no minion, then what does not run, then the newest.
    private func isBefore(_ left: ControlledPods.Entry, _ right: ControlledPods.Entry) -> Bool {
        let (first, second) = (worth(left), worth(right))
        if first != second { return first < second }
        let made = (left.pod.meta.creationTimestamp ?? "", right.pod.meta.creationTimestamp ?? "")
        return made.0 != made.1 ? made.0 > made.1 : left.name < right.name
    }

    private func worth(_ entry: ControlledPods.Entry) -> Int {
        let host = entry.pod.desiredState.host
        if host.isEmpty { return 0 }
        if case .unready = roster.standing(of: host) { return 1 }
        return entry.isRunning ? 2 : 1
    }
}

// MARK: - Changes

extension ReplicationPlanner {
    private mutating func put(_ controller: ReplicationController) {
        let name = ObjectName(controller.meta)
        let isNew = controllers[name]?.desiredState != controller.desiredState
        controllers[name] = controller
        work.add(pods.set(selector: controller.desiredState.replicaSelector, of: name))
        // What was refused of the old template may be taken of the new one.
        if isNew { work.remove(name) }
        work.add(name)
    }

    private mutating func removed(controller name: ObjectName) {
        controllers[name] = nil
        creations.forget(controller: name)
        work.add(pods.set(selector: nil, of: name))
        work.remove(name)
    }

    private mutating func put(_ pod: Pod) {
        let name = ObjectName(pod.meta)
        if !pod.desiredState.host.isEmpty { roster.expect(pod.desiredState.host) }
        if let controller = creations.seen(name) { work.add(controller) }
        work.add(pods.set(pod))
    }

    private mutating func removed(pod name: ObjectName) {
        deleting.remove(name)
        if let controller = creations.seen(name) { work.add(controller) }
        work.add(pods.remove(name))
    }
}

extension Array {
    /// Those that satisfy `belongs`, and the others, each in their order.
    fileprivate func divided(by belongs: (Element) -> Bool) -> ([Element], [Element]) {
        (filter(belongs), filter { !belongs($0) })
    }
}
