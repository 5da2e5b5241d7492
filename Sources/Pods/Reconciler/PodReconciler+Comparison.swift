import ClusterModel
import Logging
import Machine

/// The comparison of everything with everything, and the engine's events.
extension PodReconciler {
    /// Asks the engine for all of our containers and sets those pods going whose containers are not as they were known.
    func compare() async {
        guard !isComparing else { return }
        isComparing = true
        engine.nextComparison = time.now() + settings.limits.comparison
        let versions = records.mapValues(\.version)
        var isAnswered = false
        do throws(RuntimeError) {
            // Past the gate: four calls that hang must not hide from us that the engine answers others.
            let seen = try await runtime.containers(of: nil)
            noteAnswer()
            take(seen, since: versions)
            isAnswered = true
        } catch {
            noteFailure(error)
        }
        engine.lastEnd = time.now()
        isComparing = false
        hasTried = true
        sweepVolumes()
        noteIdle()
        // An engine that hangs would keep the next comparison waiting for another deadline.
        if isAnswered { await keepNetwork() }
    }

    private func take(_ seen: [ObservedContainer], since versions: [ObjectKey: UInt64]) {
        let groups = Dictionary(grouping: seen, by: \.labels.key)
        let isFirst = !hasCompared
        for key in Set(groups.keys).union(records.keys).sorted() {
            let isStranger = records[key] == nil
            if isStranger { noteStray(key) }
            guard let record = records[key], !record.isWorking else { continue }
            guard isStranger || versions[key] == record.version else {
                // It was wanted, or looked at, while the engine was asked: this answer is not about now. Nothing is known
                // of it at all when this was the first question.
                if isFirst { poke(key, look: .all) }
                continue
            }
            let observed = (groups[key] ?? []).sorted { $0.id < $1.id }
            let isNews = observed != record.observed || !record.memory.wasObserved
            if isNews { learn(key, observed) }
            if isNews || record.isStalled {
                records[key]?.look = .none
                records[key]?.isDue = true
            }
        }
        hasCompared = true
        if isFirst { claimFirst() }
        for (key, record) in records where record.isDue && !record.isWorking { poke(key) }
    }

    /// Who has a port or a folder keeps it, then the older wish counts: a restart of the agent changes nobody's turn.
    private func claimFirst() {
        let order = records.map { key, record -> (isWaiting: Int, generation: UInt64, key: ObjectKey) in
            let hasNetwork = record.observed.contains { $0.labels.isNetwork && $0.isRunning }
            return (hasNetwork ? 0 : 1, record.generation, key)
        }
        let keys = order.sorted { $0 < $1 }.map(\.key)
        claimPorts(of: keys.filter(unclaimed.contains))
        unclaimed = []
        for pod in keys.flatMap(incarnations) {
            do throws(VolumeFolders.Failure) {
                try volumes.adopt(pod)
            } catch {
                logger.warning("a folder of volumes was not adopted: \(error.message)", metadata: metadata(pod.key))
            }
        }
    }

    /// Every life of the name of which a folder may be there.
    private func incarnations(of key: ObjectKey) -> [PodIncarnation] {
        guard let record = records[key] else { return [] }
        let uids = record.memory.volumes.union([record.uid]).subtracting([""])
        return uids.sorted().map { PodIncarnation(key: key, uid: $0) }
    }

    /// Containers with our mark of a pod nobody named: left alone until the picture is complete, then for a grace.
    private func noteStray(_ key: ObjectKey) {
        var record = PodRecord()
        record.isStray = true
        if isComplete { record.strayUntil = time.now() + settings.limits.strayGrace }
        records[key] = record
    }

    private func noteAnswer() {
        let wasAnnounced = engine.isAnnounced
        engine.failures = 0
        engine.words = ""
        engine.failingSince = nil
        engine.isAnnounced = false
        if wasAnnounced {
            logger.notice("the container engine answers again", metadata: ["event": "\(JournalEvent.runtimeReachable)"])
        }
    }

    private func noteFailure(_ error: RuntimeError) {
        engine.failures += 1
        engine.words = error.message
        if engine.failingSince == nil { engine.failingSince = time.now() }
        engine.nextComparison = time.now() + settings.limits.reconnect
        guard engine.failures >= settings.limits.failuresUntilUnreachable else { return }
        if !engine.isAnnounced {
            engine.isAnnounced = true
            logger.error(
                "the container engine does not answer: \(error.message)",
                metadata: ["event": "\(JournalEvent.runtimeUnreachable)"])
        }
        for key in records.keys.sorted() { publishUnreachable(key, error) }
    }

    /// Runs until it is cancelled.
    func compareAgainAndAgain() async {
        while !Task.isCancelled {
            if time.now() >= engine.nextComparison { await compare() }
            // Steps of the shorter interval: a worker that met a dead engine brings the comparison forward.
            do { try await time.sleep(settings.limits.reconnect) } catch { return }
        }
    }

    /// Keeps the engine's event stream armed until it is cancelled.
    func watchAgainAndAgain() async {
        while !Task.isCancelled {
            do throws(RuntimeError) {
                try await runtime.watch { [weak self] event in await self?.hint(event) }
            } catch {
                logger.debug("the engine's event stream ended: \(error.message)")
            }
            do { try await time.sleep(settings.limits.reconnect) } catch { return }
            // What happened meanwhile was told to nobody; another version of the engine may have taken over.
            engine.nextComparison = time.now()
            isNetworkDue = network.subnet != nil
        }
    }

    /// Folders of volumes whose pod went while nobody looked, once every pod has been named.
    private func sweepVolumes() {
        guard let due = volumeSweep, hasCompared, time.now() >= due else { return }
        volumeSweep = nil
        do throws(VolumeFolders.Failure) {
            let doomed = try volumes.setAside(except: Set(records.keys.flatMap(incarnations)))
            // Beside the comparisons: a large folder takes minutes.
            if !doomed.isEmpty { Task { await deleteVolumes(doomed) } }
        } catch {
            logger.warning("volumes of pods that are gone could not be removed: \(error.message)")
        }
    }

    private func deleteVolumes(_ doomed: [String]) async {
        do throws(VolumeFolders.Failure) {
            try await volumes.delete(doomed)
            logger.info(
                "removed the volumes of \(doomed.count) pods that are gone",
                metadata: ["event": "\(JournalEvent.strayRemoved)"])
        } catch {
            logger.warning("volumes of pods that are gone could not be removed: \(error.message)")
        }
    }
}
