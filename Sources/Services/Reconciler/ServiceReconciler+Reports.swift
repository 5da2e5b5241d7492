import ClusterModel
import Logging
import Machine

extension ServiceReconciler {
    /// The state of the whole, without waiting for anything.
    public var health: ServiceHealth {
        var degraded: [String] = []
        if let trouble { degraded.append("packet filter: \(trouble.error.message)") }
        if let key = failing.min(), let failure = entries[key]?.failure {
            let others = failing.count == 1 ? "" : " and \(failing.count - 1) more"
            degraded.append("service \(key.namespace)/\(key.name)\(others) failed: \(failure.message)")
        }
        if let storeTrouble {
            degraded.append("a restart will close listeners, systemd does not keep them: \(storeTrouble)")
        }
        degraded += warnings
        return ServiceHealth(degraded: degraded, sinceLastPass: lastPass.map { time.now() - $0 })
    }

    /// Notes that a service cannot be served, and says so in the journal unless that was said before.
    func fail(_ key: ObjectKey, _ failure: Failure) {
        let before = entries[key]?.failure
        entries[key]?.failure = failure
        failing.insert(key)
        retries[key] = failure.due
        guard before?.reason != failure.reason || before?.message != failure.message else { return }
        logger.warning(
            "service \(key.namespace)/\(key.name) is not served: \(failure.message)",
            metadata: metadata(of: key, .serviceFailed))
    }

    /// The same for what may mend by itself: tried again after a pause that grows with every failure in a row.
    func failAndRetry(_ key: ObjectKey, reason: String, message: String) {
        let count = (entries[key]?.failure?.count ?? 0) + 1
        let due = time.now() + settings.pause(after: count)
        fail(key, Failure(reason: reason, message: message, count: count, due: due))
    }

    /// Forgets that a service failed.
    func clearFailure(of key: ObjectKey) {
        entries[key]?.failure = nil
        failing.remove(key)
        retries[key] = nil
    }

    /// The filter cannot be reached or changed: all that waits for it failed for now.
    func meet(_ error: FilterError) {
        let count = (trouble?.count ?? 0) + 1
        if trouble?.error.code != error.code {
            logger.error("\(error.message)", metadata: ["event": "\(JournalEvent.filterFailed)"])
        }
        let trouble = FilterTrouble(error: error, count: count, due: time.now() + settings.pause(after: count))
        self.trouble = trouble
        for key in dirty { reportFailure(of: key, trouble: trouble) }
    }

    /// The kernel is as wanted.
    func recover() {
        if trouble != nil { logger.notice("the packet filter can be changed again") }
        trouble = nil
        lastGoodPass = time.now()
    }

    /// Says how a service is that no round is working on.
    func reportState(of key: ObjectKey) {
        guard let entry = entries[key] else { return }
        if let failure = entry.failure {
            let retryIn = failure.due.map { max(.zero, $0 - time.now()) }
            send(key, entry.generation, .failed(reason: failure.reason, message: failure.message, retryIn: retryIn))
        } else if installed[key] != nil {
            send(key, entry.generation, .applied)
        } else if let trouble {
            reportFailure(of: key, trouble: trouble)
        }
    }

    /// Says that a service waits for the filter.
    func reportFailure(of key: ObjectKey, trouble: FilterTrouble) {
        guard let entry = entries[key] else { return }
        let retryIn = max(.zero, trouble.due - time.now())
        send(
            key, entry.generation,
            .failed(reason: trouble.error.code.rawValue, message: trouble.error.message, retryIn: retryIn))
    }

    /// Says that a service is served as of `generation`.
    func reportApplied(_ key: ObjectKey, generation: UInt64, logged: Bool) {
        send(key, generation, .applied)
        guard logged, let rule = installed[key] else { return }
        logger.info(
            "service \(key.namespace)/\(key.name) is served: \(rule.portal) leads to port \(rule.proxyPort)",
            metadata: metadata(of: key, .serviceProgrammed))
    }

    /// Says that nothing is left of a service.
    func reportRemoved(_ key: ObjectKey, generation: UInt64, logged: Bool) {
        report(ServiceReport(key: key, generation: generation, convergence: .removed))
        guard logged else { return }
        logger.info(
            "service \(key.namespace)/\(key.name) is gone", metadata: metadata(of: key, .serviceRemoved))
    }

    /// Says that somebody had changed our rules and that they are right again.
    func logRepair(_ drift: ChainDrift) {
        logger.warning("\(drift.description)", metadata: ["event": "\(JournalEvent.rulesRepaired)"])
    }

    private func send(_ key: ObjectKey, _ generation: UInt64, _ convergence: Convergence) {
        let entry = entries[key]
        report(
            ServiceReport(
                key: key, generation: generation, convergence: convergence, proxyPort: entry?.proxyPort,
                backends: entry?.desired?.backends.count ?? 0))
    }

    private func metadata(of key: ObjectKey, _ event: JournalEvent) -> Logger.Metadata {
        ["service": "\(key.name)", "namespace": "\(key.namespace)", "event": "\(event)"]
    }
}
