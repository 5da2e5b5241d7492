import ClusterModel
import Logging
import Machine

/// A pod's worker.
extension PodReconciler {
    /// Sets the pod's worker going, or lets it go round once more.
    func poke(_ key: ObjectKey, look: PodRecord.Look = .none) {
        guard var record = records[key] else { return }
        record.isDue = true
        record.look = record.look.and(look)
        let mustStart = !record.isWorking && hasCompared
        if mustStart { record.isWorking = true }
        records[key] = record
        if mustStart { Task { await work(key) } }
    }

    /// Something happened to a container, the engine says. One look serves the events that come together.
    func hint(_ event: RuntimeEvent) {
        guard let record = records[event.pod], !record.shows(event) else { return }
        records[event.pod]?.hints.append(event)
        guard !record.isHintDelayed else { return }
        records[event.pod]?.isHintDelayed = true
        Task {
            // Cancelled it would only be early.
            try? await time.sleep(settings.limits.hintDelay)
            records[event.pod]?.isHintDelayed = false
            poke(event.pod)
        }
    }

    private func work(_ key: ObjectKey) async {
        records[key]?.wake?.cancel()
        var previous: [PodAction] = []
        while records[key]?.isDue == true {
            guard await lookIfDue(key), let plan = plan(key) else { break }
            guard !plan.actions.isEmpty, plan.actions != previous else {
                publish(plan, of: key)
                // The engine says that it did what it was asked, and shows that it did not: no reason to hurry.
                let again = plan.actions.isEmpty ? nil : time.now() + settings.limits.stopPoll
                scheduleWake(key, at: [plan.wakeAt, again].compactMap { $0 }.min())
                if records[key]?.isDue != true { break }
                previous = []
                continue
            }
            if records[key]?.told == nil { publish(plan, of: key) }
            previous = plan.actions
            guard await perform(plan.actions, for: key) else { break }
        }
        records[key]?.isWorking = false
        forgetIfGone(key)
        // What came while the last word was spoken; an engine that does not answer is not asked again before its time.
        if let record = records[key], record.isDue, !record.isStalled { poke(key) }
        noteIdle()
    }

    /// Brings `observed` up to date as far as is known to be necessary. `false` when the engine does not answer.
    private func lookIfDue(_ key: ObjectKey) async -> Bool {
        guard var record = records[key] else { return false }
        let news = record.hints.filter { !record.shows($0) }
        if !news.isEmpty { record.look = record.look.and(.at(Set(news.map(\.id)))) }
        let look = record.look
        record.hints = []
        record.isDue = false
        record.look = .none
        record.isStalled = false
        records[key] = record
        do throws(RuntimeError) {
            switch look {
            case .none:
                break
            case .at(let ids):
                let runtime = self.runtime
                let seen = try await calls.run("inspect of \(key)") { () async throws(RuntimeError) in
                    try await runtime.inspect(ids.sorted())
                }
                learn(key, (records[key]?.observed ?? []).filter { !ids.contains($0.id) } + seen)
            case .all:
                let runtime = self.runtime
                learn(
                    key,
                    try await calls.run("list of \(key)") { () async throws(RuntimeError) in
                        try await runtime.containers(of: key)
                    })
            }
            return true
        } catch {
            stall(key, error, look: .all)
            return false
        }
    }

    /// Takes what a look showed.
    func learn(_ key: ObjectKey, _ seen: [ObservedContainer]) {
        guard var record = records[key] else { return }
        let known = Dictionary(record.observed.map { ($0.id, $0) }) { first, _ in first }
        let before = record.memory
        let wasAlive = record.isAlive
        record.observed = seen.map { $0.after(known[$0.id]) }.sorted { $0.id < $1.id }
        record.version += 1
        let crashes = record.memory.observe(
            record.observed, uid: record.uid, now: time.now(), limits: settings.limits)
        records[key] = record
        // Its ports wait for its end only.
        if record.obstacle != nil, wasAlive, !record.isAlive { claimPorts(of: [key]) }
        if !before.wasObserved { logAdoption(key, record, before) }
        for crash in crashes {
            logger.notice(
                "container \(crash.container.labels.container) of \(key) \(crash.exit.words)",
                metadata: metadata(key, container: crash.container.labels.container, event: .containerDied))
        }
    }

    /// What runs at the first look and was not started from here.
    private func logAdoption(_ key: ObjectKey, _ record: PodRecord, _ before: PodMemory) {
        for container in record.observed where container.isRunning && container.labels.uid == record.uid {
            let started = before.containers[container.labels.container]?.attempt
            guard started != container.labels.attempt else { continue }
            logger.info(
                "container \(container.labels.container) of \(key) runs already and is kept",
                metadata: metadata(key, container: container.labels.container, event: .containerAdopted))
        }
    }

    /// The engine is at fault: the pod waits until it answers again.
    func stall(_ key: ObjectKey, _ error: RuntimeError, look: PodRecord.Look) {
        records[key]?.isStalled = true
        records[key]?.isDue = true
        if let current = records[key]?.look { records[key]?.look = current.and(look) }
        engine.nextComparison = min(engine.nextComparison, time.now() + settings.limits.reconnect)
        logger.debug("\(error.message)", metadata: metadata(key))
    }

    private func plan(_ key: ObjectKey) -> PodPlan? {
        guard let record = records[key] else { return nil }
        if record.isStray {
            guard isComplete, let until = record.strayUntil else { return nil }
            guard time.now() >= until else {
                scheduleWake(key, at: until)
                return nil
            }
        }
        return planner.plan(situation(key, record))
    }

    func situation(_ key: ObjectKey, _ record: PodRecord) -> PodSituation {
        PodSituation(
            key: key, blueprint: record.blueprint, observed: record.observed, memory: record.memory,
            obstacle: record.obstacle ?? ports.conflict(of: key)?.obstacle ?? networkObstacle,
            networkImage: runtime.networkImage,
            // A removal was asked for by name: that needs no complete picture.
            mayStop: isComplete || record.blueprint == nil, now: time.now())
    }

    private func scheduleWake(_ key: ObjectKey, at moment: Duration?) {
        records[key]?.wake?.cancel()
        guard let moment else {
            records[key]?.wake = nil
            return
        }
        let wait = max(.zero, moment - time.now())
        records[key]?.wake = Task {
            do { try await time.sleep(wait) } catch { return }
            guard !Task.isCancelled, let record = records[key] else { return }
            let isEnding = record.observed.contains { seen in
                let isTold = (seen.isRunning || seen.isUnknown) && record.memory.stopping[seen.id] != nil
                return isTold || seen.state == .removing
            }
            poke(key, look: isEnding ? .at(Set(record.observed.map(\.id))) : .none)
        }
    }

    /// A pod that nobody wants and of which nothing is left is forgotten.
    private func forgetIfGone(_ key: ObjectKey) {
        guard let record = records[key], record.blueprint == nil, record.observed.isEmpty,
            record.memory.volumes.isEmpty, !record.isStalled
        else { return }
        record.wake?.cancel()
        records[key] = nil
        for granted in ports.release(key) { poke(granted) }
    }
}
