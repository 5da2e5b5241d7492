import ClusterModel
import Logging

/// Carries out what planners ask for. Every write compares and swaps: what a user or another master wrote meanwhile is never
/// overwritten unseen.
struct ControllerWriter: Sendable {
    let registry: Registry
    let mirror: ClusterMirror
    let logger: Logger

    /// How much of a pod's name is part of an event's, which with a dot and 16 digits fits a DNS subdomain (253).
    static let eventPrefix = 200

    /// Creates, replaces or deletes the endpoints of a service.
    func carryOut(_ write: EndpointsWrite) async -> WriteOutcome {
        let name = write.service
        return await outcome(of: "endpoints of \(name)") { () throws(APIFailure) in
            guard let endpoints = write.endpoints else {
                try await registry.delete(
                    .endpoints, namespace: name.namespace, name: name.name, version: write.version)
                return nil
            }
            let body = JSONValue.object(APIObject.endpoints(endpoints).json())
            if write.version == nil {
                return try await registry.create(.endpoints, namespace: name.namespace, body).revision
            }
            return try await registry.update(.endpoints, namespace: name.namespace, name: name.name, body)
                .meta.resourceVersion
        }
    }

    /// Makes or deletes a pod of a replication controller.
    func carryOut(_ write: ReplicationWrite) async -> WriteOutcome {
        switch write {
        case .create(let pod, let controller):
            return await outcome(of: "new pod of \(controller)") { () throws(APIFailure) in
                let body = JSONValue.object(APIObject.pod(pod).json())
                return try await registry.create(.pods, namespace: pod.meta.namespace, body).revision
            }
        case .delete(let pod, let version, let controller, let cause):
            return await outcome(of: "pod \(pod)") { () throws(APIFailure) in
                try await registry.delete(.pods, namespace: pod.namespace, name: pod.name, version: version)
                logger.info("pod \(pod) of replication controller \(controller) was deleted: \(cause)")
                return nil
            }
        }
    }

    /// Binds a pod, or tells why it cannot be: as its message and as an event.
    func carryOut(_ write: SchedulerWrite) async -> WriteOutcome {
        switch write {
        case .bind(let pod, let minion):
            // What was told of why it fits nowhere is over. Told before, so that it is never told over its minion's word.
            await mirror.report(podStates: [APIObject.pod(pod).ref: PodState(status: .waiting)])
            return await outcome(of: "pod \(write.pod)") { () throws(APIFailure) in
                try await registry.bind(pod, to: minion)
            }
        case .explain(let pod, let report):
            let ref = APIObject.pod(pod).ref
            await mirror.report(podStates: [ref: PodState(status: .waiting, message: report.message)])
            logger.info("pod \(write.pod) waits: \(report.message)")
            return await outcome(of: "event of pod \(write.pod)") { () throws(APIFailure) in
                try await registry.record(event(pod, report))
                return nil
            }
        }
    }

    /// The event of one cause has one name: the pod's incarnation and the words.
    private func event(_ pod: Pod, _ report: FitReport) -> Event {
        let cause = StableHash.of("\(pod.meta.uid)/\(pod.manifest.uuid)/\(report.message)")
        return Event(
            meta: ObjectMeta(
                name: "\(pod.meta.name.prefix(Self.eventPrefix)).\(String(cause, radix: 16))",
                namespace: pod.meta.namespace),
            involvedObject: ObjectReference(
                kind: APIKind.pod.rawValue, namespace: pod.meta.namespace, name: pod.meta.name, uid: pod.meta.uid,
                apiVersion: "v1beta1", resourceVersion: pod.meta.resourceVersion),
            status: PodStatus.waiting.rawValue, reason: "failedScheduling", message: report.message,
            source: "scheduler")
    }

    private func outcome(
        of what: String, _ body: () async throws(APIFailure) -> UInt64?
    ) async -> WriteOutcome {
        do {
            return .done(revision: try await body())
        } catch {
            let outcome = WriteOutcome(error)
            if outcome != .conflict { logger.warning("\(what) cannot be written: \(error)") }
            return outcome
        }
    }
}

extension WriteOutcome {
    /// A 404 is a conflict too: the object that was to be replaced or deleted is gone, and the mirror will tell.
    init(_ failure: APIFailure) {
        self =
            switch failure.status.code {
            case 404, 409: .conflict
            case 500...: .unavailable(failure.description)
            default: .refused(failure.description)
            }
    }
}

extension APIAnswer {
    /// The revision of the object made; `nil` where none was.
    fileprivate var revision: UInt64? {
        if case .object(let object) = self { object.meta.resourceVersion } else { nil }
    }
}

extension ReplicationWrite.Cause: CustomStringConvertible {
    /// For the log.
    var description: String {
        switch self {
        case .surplus: "there are more than it wants"
        case .lost(let minion): "minion \(minion) is lost"
        }
    }
}
