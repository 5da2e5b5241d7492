import ClusterModel
import Logging
import Machine

/// What is told: to the agent, to the journal, to whoever asks how we are.
extension PodReconciler {
    /// Tells where the pod stands, if that is not what was told last.
    func publish(_ plan: PodPlan, of key: ObjectKey) {
        guard let record = records[key], !record.isStray else { return }
        publish(plan.state, plan.verdict, of: key, record)
    }

    /// Tells a pod that is not as wanted that nobody can help it now. A pod that is stays as it was: the engine that does
    /// not answer still runs it.
    func publishUnreachable(_ key: ObjectKey, _ error: RuntimeError) {
        guard let record = records[key], !record.isStray, record.told?.verdict != .applied || record.isDue else {
            return
        }
        let reason = PodRecord.unreachable
        if case .failed(reason, error.message, _) = record.told?.verdict, record.told?.generation == record.generation {
            return
        }
        let state = record.told?.state ?? planner.plan(situation(key, record)).state
        let retryAt = time.now() + settings.limits.reconnect
        publish(state, .failed(reason: reason, message: error.message, retryAt: retryAt), of: key, record)
    }

    private func publish(_ state: PodState, _ verdict: PodVerdict, of key: ObjectKey, _ record: PodRecord) {
        let told = PodRecord.Told(generation: record.generation, uid: record.uid, state: state, verdict: verdict)
        guard told != record.told else { return }
        records[key]?.told = told
        if verdict != record.told?.verdict { log(verdict, after: record.told?.verdict, of: key) }
        report(
            PodReport(
                key: key, uid: record.uid, generation: record.generation, state: state,
                convergence: convergence(of: verdict)))
    }

    private func convergence(of verdict: PodVerdict) -> Convergence {
        switch verdict {
        case .pending: .pending
        case .applied: .applied
        case .removed: .removed
        case .failed(let reason, let message, let retryAt):
            .failed(reason: reason, message: message, retryIn: retryAt.map { max(.zero, $0 - time.now()) })
        }
    }

    private func log(_ verdict: PodVerdict, after previous: PodVerdict?, of key: ObjectKey) {
        switch verdict {
        case .pending:
            break
        case .applied:
            logger.info("\(key) is as wanted", metadata: metadata(key, event: .podStarted))
        case .removed:
            logger.info("\(key) is gone", metadata: metadata(key, event: .podStopped))
        case .failed(let reason, let message, let retryAt):
            if case .failed(reason, message, _) = previous { return }
            let next = retryAt.map { "; next try in \(max(.zero, $0 - time.now()).formattedSeconds)" } ?? ""
            let event: JournalEvent = reason == "PrivilegedNotAllowed" ? .privilegedRefused : .podFailed
            logger.warning(
                "\(key) is not as wanted: \(reason): \(message)\(next)", metadata: metadata(key, event: event))
        }
    }

    /// How the pods' side is.
    public var health: PodHealth {
        let now = time.now()
        var degraded: [String] = []
        var engineTrouble: String?
        if let since = engine.failingSince, engine.failures >= settings.limits.failuresUntilUnreachable {
            degraded.append("container engine unreachable for \((now - since).formattedSeconds): \(engine.words)")
            engineTrouble = "container engine unreachable: \(engine.words)"
        }
        if let oldest = calls.oldest, now - oldest.since >= settings.limits.comparison {
            degraded.append("\(oldest.what) has been under way for \((now - oldest.since).formattedSeconds)")
        }
        if let networkTrouble { degraded.append(networkTrouble) }
        let failing = records.filter { !$0.value.isStray && $0.value.failure != nil }
        if let key = failing.keys.min(), let failure = failing[key]?.failure {
            let others = failing.count == 1 ? "" : " and \(failing.count - 1) more"
            degraded.append("pod \(key.namespace)/\(key.name)\(others) failed: \(failure)")
        }
        return PodHealth(
            sinceLastComparison: engine.lastEnd.map { now - $0 }, degraded: degraded, engineTrouble: engineTrouble)
    }
}

extension Duration {
    /// `12 s`, for people.
    fileprivate var formattedSeconds: String { "\(components.seconds) s" }
}
