public import ClusterModel

/// Who is told what minions say. Calls for one minion come in order.
public protocol MinionObserver: Sendable {
    /// Notes what a minion says of its pods.
    func report(podStates: [ObjectRef: PodState]) async
    /// Notes that a minion has nothing left of a pod that it had run.
    func report(gone pod: ObjectRef, from minion: String) async
    /// Notes how a minion is.
    func report(_ condition: MinionCondition, of minion: String) async
}

extension ClusterMirror: MinionObserver {}

/// What the lines of a minion's watch mean to the master.
enum MinionReports {
    /// What is written is not checked here again, and of a pod only its state is read.
    private static let decoder = ObjectDecoder(
        allowPrivileged: true, requirePortalIP: false, keepsCurrentState: true)

    /// The pod and what the minion says of it; `nil` for what is no pod.
    static func podState(_ object: JSONObject) -> (pod: ObjectRef, state: PodState)? {
        do throws(InvalidObject) {
            guard case .pod(let pod)? = try decoder.decode(.object(object), defaultKind: .pod).objects.first else {
                return nil
            }
            return (ObjectRef(.pod, namespace: pod.meta.namespace, name: pod.meta.name), pod.currentState)
        } catch {
            return nil
        }
    }

    /// The pod that a minion names as gone; `nil` for what is no pod.
    static func gonePod(_ object: JSONObject) -> ObjectRef? {
        guard object["kind"] == "Pod", case .string(let namespace)? = object["namespace"],
            case .string(let name)? = object["id"]
        else { return nil }
        return ObjectRef(.pod, namespace: namespace, name: name)
    }

    /// How the minion is, by its Node object. One that is `Degraded` has something an operator should look at, as a disk that
    /// fills or one service that fails: its pods run and answer, so it counts as ready, unless it says that it can start no
    /// pod now (`unschedulable`). Anything else takes no pods, and those it has do not answer.
    static func condition(_ node: JSONObject, now: Duration) -> MinionCondition {
        guard case .object(let state)? = node["currentState"], case .string(let status)? = state["status"] else {
            return MinionCondition(.notReady(reason: "Unknown", message: "it does not say how it is"), lastSeen: now)
        }
        if status == "Ready" || status == "Degraded" {
            guard case .string(let words)? = state["unschedulable"] else {
                return MinionCondition(.ready, lastSeen: now)
            }
            return MinionCondition(.unschedulable(reason: status, message: words), lastSeen: now)
        }
        let message = if case .string(let words)? = state["message"] { words } else { "" }
        return MinionCondition(.notReady(reason: status, message: message), lastSeen: now)
    }
}
