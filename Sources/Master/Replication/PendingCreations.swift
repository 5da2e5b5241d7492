/// Pods that were asked for and that the mirror has not told of yet. They count, so that a mirror that lags makes no pod
/// twice.
struct PendingCreations: Sendable {
    private let bound: Duration
    private var controllers: [ObjectName: ObjectName] = [:]
    private var counts: [ObjectName: Int] = [:]
    /// Names of tries whose end is unknown. The next try takes them again: if the first had worked, it finds the pod there.
    private var uncertain: [ObjectName: [String]] = [:]
    private var deadlines = DeadlineQueue<ObjectName>()
    /// Made since the last `advance`.
    private var made: [ObjectName] = []

    /// - Parameter bound: how long a pod that was made counts without having been seen.
    init(bound: Duration) {
        self.bound = bound
    }

    /// When the next bound is over; `.zero` is at once.
    var next: Duration? { made.isEmpty ? deadlines.next : .zero }

    /// How many pods of `controller` were asked for and not seen.
    func count(of controller: ObjectName) -> Int { counts[controller] ?? 0 }

    /// A pod of `controller` is asked for.
    /// - Returns: its name.
    mutating func begin(for controller: ObjectName, newName: () -> String) -> String {
        let name = uncertain[controller]?.popLast() ?? newName()
        if uncertain[controller]?.isEmpty == true { uncertain[controller] = nil }
        let pod = ObjectName(namespace: controller.namespace, name: name)
        if controllers.updateValue(controller, forKey: pod) == nil { counts[controller, default: 0] += 1 }
        return name
    }

    /// The pod is in the store.
    mutating func made(_ pod: ObjectName) {
        if controllers[pod] != nil { made.append(pod) }
    }

    /// Nobody knows whether the pod is in the store.
    mutating func mayExist(_ pod: ObjectName) {
        guard let controller = drop(pod) else { return }
        uncertain[controller, default: []].append(pod.name)
    }

    /// The pod is not in the store.
    mutating func failed(_ pod: ObjectName) {
        _ = drop(pod)
    }

    /// The mirror tells of the pod, or of its end.
    /// - Returns: the controller it was made for, if it was awaited.
    mutating func seen(_ pod: ObjectName) -> ObjectName? {
        for (controller, names) in uncertain where controller.namespace == pod.namespace && names.contains(pod.name) {
            uncertain[controller]?.removeAll { $0 == pod.name }
            if uncertain[controller]?.isEmpty == true { uncertain[controller] = nil }
            return controller
        }
        return drop(pod)
    }

    /// The controller is deleted.
    mutating func forget(controller: ObjectName) {
        uncertain[controller] = nil
        counts[controller] = nil
        for (pod, owner) in controllers where owner == controller { _ = drop(pod) }
    }

    /// Forgets what has not been seen for too long.
    /// - Returns: the controllers it had been made for.
    mutating func advance(now: Duration) -> [ObjectName] {
        for pod in made where controllers[pod] != nil { deadlines.set(pod, at: now + bound) }
        made = []
        return deadlines.popDue(now: now).compactMap { drop($0) }
    }

    private mutating func drop(_ pod: ObjectName) -> ObjectName? {
        deadlines.remove(pod)
        guard let controller = controllers.removeValue(forKey: pod) else { return nil }
        let count = (counts[controller] ?? 0) - 1
        counts[controller] = count > 0 ? count : nil
        return controller
    }
}
