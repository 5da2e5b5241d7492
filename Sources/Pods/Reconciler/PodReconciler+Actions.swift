import ClusterModel
import Logging
import Machine

/// Doing what a plan says.
extension PodReconciler {
    /// Performs actions in order and learns from each. `false` when the engine does not answer. When what is wanted changes
    /// meanwhile the rest is left undone, because it is no longer what is wanted.
    func perform(_ actions: [PodAction], for key: ObjectKey) async -> Bool {
        guard let record = records[key] else { return false }
        var site = StartSite(
            blueprint: record.blueprint, generation: record.generation,
            network: record.observed.first { $0.labels.isNetwork && $0.isRunning && $0.labels.uid == record.uid }?.id)
        records[key]?.isDue = true
        for action in actions {
            guard isCurrent(site, key) else { break }
            do throws(RuntimeError) {
                guard try await perform(action, for: key, &site) else { break }
            } catch {
                if error.isEngineTrouble {
                    stall(key, error, look: .all)
                    return false
                }
                let words = "\(key): \(error.message)"
                logger.warning("\(words)", metadata: metadata(key))
                records[key]?.look = .all
            }
        }
        return true
    }

    /// What starts of one plan have in common.
    struct StartSite {
        let blueprint: PodBlueprint?
        let generation: UInt64
        /// The id of the network container.
        var network: String?
    }

    /// Whether what the plan was made for is still what is wanted.
    private func isCurrent(_ site: StartSite, _ key: ObjectKey) -> Bool {
        guard let record = records[key] else { return false }
        return record.generation == site.generation && (record.blueprint == nil) == (site.blueprint == nil)
            && record.blueprint?.network == site.blueprint?.network
    }

    /// `false` when the rest of the plan is void.
    private func perform(
        _ action: PodAction, for key: ObjectKey, _ site: inout StartSite
    ) async throws(RuntimeError) -> Bool {
        switch action {
        case .makeVolumes:
            return makeVolumes(key, site.blueprint)
        case .fetch(let image, let container):
            fetch(image, for: key, container: container)
        case .start(let container, let attempt):
            return try await start(container, attempt: attempt, of: key, &site)
        case .signal(let containers, let signal, let purpose):
            try await self.signal(containers, signal, purpose, of: key)
        case .remove(let containers):
            try await remove(containers, of: key)
        case .removeVolumes(let uid):
            await removeVolumes(uid: uid, of: key)
        }
        return true
    }

    private func start(
        _ name: String, attempt: Int, of key: ObjectKey, _ site: inout StartSite
    ) async throws(RuntimeError) -> Bool {
        guard let blueprint = site.blueprint, let spec = await spec(of: name, attempt: attempt, key, site) else {
            return false
        }
        do throws(RuntimeError) {
            let id = try await calls.run("start of \(name) of \(key)") {
                @Sendable [runtime] () async throws(RuntimeError) in
                if case .own(_, _, let subnet?) = spec.network { try await self.prepare(subnet) }
                return try await runtime.run(spec)
            }
            if spec.labels.isNetwork { site.network = id }
            if isCurrent(site, key) {
                records[key]?.memory.noteStart(of: name, attempt: attempt)
            } else if records[key]?.uid == spec.labels.uid {
                // Of another spec of the same incarnation: its number is used, and that is all.
                records[key]?.memory.noteAttempt(of: name, attempt)
            }
            if let look = records[key]?.look { records[key]?.look = look.and(.at([id])) }
            let words = attempt > 0 ? " (instance \(attempt + 1))" : ""
            logger.info(
                "container \(name) of \(key) started from \(spec.image)\(words)",
                metadata: metadata(key, container: name, event: .containerStarted))
            return true
        } catch {
            guard !error.isEngineTrouble else { throw error }
            guard isCurrent(site, key) else {
                // Not about what is wanted now; but it may have left something behind.
                records[key]?.look = .all
                return false
            }
            let policy = blueprint.desired.pod.manifest.containers.first { $0.name == name }?.pullPolicy
            records[key]?.memory.noteRefusal(
                of: name, error, policy: policy ?? .ifNotPresent, now: time.now(), limits: settings.limits)
            // A failed start may have left something behind, or met what a lost answer left.
            if error.code != .noSuchImage { records[key]?.look = .all }
            return !spec.labels.isNetwork
        }
    }

    private func spec(
        of name: String, attempt: Int, _ key: ObjectKey, _ site: StartSite
    ) async -> ContainerSpec? {
        guard let blueprint = site.blueprint else { return nil }
        let common = ContainerSite(
            owner: runtime.owner, networkImage: runtime.networkImage, podsFolder: settings.podsFolder,
            log: settings.logsToJournal ? .journal : .files)
        if name == ContainerLabels.network { return blueprint.networkSpec(attempt: attempt, site: common) }
        guard let network = site.network,
            let container = blueprint.desired.pod.manifest.containers.first(where: { $0.name == name })
        else { return nil }
        let environment = ContainerEnvironment(
            own: container.env, services: await environment(key.namespace),
            limit: settings.limits.serviceEnvironment)
        if environment.omitted > 0 {
            logger.warning(
                "container \(name) of \(key) starts without \(environment.omitted) service variables: no room for them",
                metadata: metadata(key, container: name))
        }
        return blueprint.spec(
            of: container, attempt: attempt, network: network, environment: environment.variables, site: common)
    }

    private func signal(
        _ targets: [ObservedContainer], _ signal: String, _ purpose: StopPurpose, of key: ObjectKey
    ) async throws(RuntimeError) {
        // Noted first: the end may be seen before the answer.
        records[key]?.memory.noteSignal(targets, isKill: signal == "KILL", purpose: purpose, now: time.now())
        let runtime = self.runtime
        try await calls.run("signal to \(key)") { () async throws(RuntimeError) in
            try await runtime.signal(targets.map(\.id), signal)
        }
    }

    private func remove(_ targets: [ObservedContainer], of key: ObjectKey) async throws(RuntimeError) {
        let runtime = self.runtime
        do throws(RuntimeError) {
            try await calls.run("removal of \(key)") { () async throws(RuntimeError) in
                try await runtime.remove(targets.map(\.id))
            }
        } catch {
            if !error.isEngineTrouble {
                records[key]?.memory.noteRemovalFailure(
                    "RemoveContainerError", error.message, now: time.now(), limits: settings.limits)
            }
            throw error
        }
        guard let record = records[key] else { return }
        let ids = Set(targets.map(\.id))
        records[key]?.memory.removal = nil
        learn(key, record.observed.filter { !ids.contains($0.id) })
        for target in targets where !target.isCreated {
            let name = target.labels.container
            let (words, event): (String, JournalEvent) =
                record.isStray
                ? (", which nothing wants, was removed", .strayRemoved) : (" was removed", .containerRemoved)
            logger.info(
                "container \(name) of \(key)\(words)", metadata: metadata(key, container: name, event: event))
        }
    }

    private func makeVolumes(_ key: ObjectKey, _ blueprint: PodBlueprint?) -> Bool {
        guard let blueprint else { return false }
        records[key]?.memory.volumes.insert(blueprint.desired.uid)
        do {
            try volumes.make(blueprint.emptyDirectories, of: blueprint.incarnation)
            return true
        } catch {
            let first = blueprint.desired.pod.manifest.containers.first?.name ?? ContainerLabels.network
            records[key]?.memory.noteRefusal(
                of: first, RuntimeError(.refused, error.message), policy: .never, now: time.now(),
                limits: settings.limits)
            return false
        }
    }

    private func removeVolumes(uid: String, of key: ObjectKey) async {
        do throws(VolumeFolders.Failure) {
            try await volumes.remove(PodIncarnation(key: key, uid: uid))
            records[key]?.memory.volumes.remove(uid)
            records[key]?.memory.removal = nil
        } catch {
            records[key]?.memory.noteRemovalFailure(
                "RemoveVolumeError", error.message, now: time.now(), limits: settings.limits)
        }
    }
}
