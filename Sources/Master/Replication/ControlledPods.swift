import ClusterModel

/// Pods, what is seen of them, and the replication controllers they count for.
struct ControlledPods: Sendable {
    /// A pod with what is seen of it.
    struct Entry: Sendable {
        var pod: Pod
        /// What its minion says; `nil` for nothing yet.
        var status: PodStatus?

        var name: ObjectName { ObjectName(pod.meta) }
        /// Whether something of it runs.
        var isRunning: Bool { status == .running }
        /// Whether all its containers have ended and are not started again. A pod whose containers are always started again
        /// is never over, also in a moment in which none runs.
        var isOver: Bool { pod.manifest.restartPolicy != .always && status == .terminated }
    }

    /// What a minion says of a pod, as far as it matters here.
    private struct Sighting: Sendable {
        /// The minion's name; empty where it is not told.
        var host: String
        var status: PodStatus?
    }

    private var pods: [ObjectName: Pod] = [:]
    /// What minions tell, which may come before the pod itself.
    private var sightings: [ObjectName: Sighting] = [:]
    private var places = PodPlaces()
    private var index = LabelIndex()

    /// Takes a controller's selector; `nil` when the controller is gone.
    /// - Returns: the other controllers whose pods may have changed by that.
    mutating func set(selector: [String: String]?, of controller: ObjectName) -> [ObjectName] {
        let before = index.members(of: controller)
        index.set(selector: selector, of: controller)
        let touched = Set(before + index.members(of: controller)).flatMap { index.owners(of: $0) }
        return Set(touched).subtracting([controller]).sorted()
    }

    /// The pods that count for a controller, in order of their names.
    func pods(of controller: ObjectName) -> [Entry] {
        index.members(of: controller).filter { owner(of: $0) == controller }.compactMap(entry)
    }

    /// The controllers with pods on `minion`.
    func controllers(withPodsOn minion: String) -> [ObjectName] {
        Set(places.pods(on: minion).compactMap(owner)).sorted()
    }

    /// Takes a pod as it is stored.
    /// - Returns: the controllers whose pods may have changed.
    mutating func set(_ pod: Pod) -> [ObjectName] {
        let name = ObjectName(pod.meta)
        let before = index.owners(of: name)
        pods[name] = pod
        places.set(pod.desiredState.host, of: name)
        index.set(labels: pod.labels, of: name)
        return before + index.owners(of: name)
    }

    /// Takes what a minion tells of a pod.
    /// - Returns: the controllers whose pods may have changed.
    mutating func observe(_ name: ObjectName, _ state: PodState) -> [ObjectName] {
        let wasOver = entry(name)?.isOver
        // Of a pod that is not known, its end is the last thing there is to tell.
        let isOver = pods[name] == nil && state.status == .terminated
        sightings[name] = isOver ? nil : Sighting(host: state.host, status: state.status)
        return entry(name)?.isOver == wasOver ? [] : index.owners(of: name)
    }

    /// The pod is deleted.
    /// - Returns: the controllers whose pods have changed.
    mutating func remove(_ name: ObjectName) -> [ObjectName] {
        let before = index.owners(of: name)
        pods[name] = nil
        sightings[name] = nil
        places.set(nil, of: name)
        index.set(labels: nil, of: name)
        return before
    }

    private func entry(_ name: ObjectName) -> Entry? {
        guard let pod = pods[name] else { return nil }
        // Another minion's word is about an earlier pod of that name.
        let sighting = sightings[name].flatMap { $0.host.isEmpty || $0.host == pod.desiredState.host ? $0 : nil }
        return Entry(pod: pod, status: sighting?.status)
    }

    private func owner(of name: ObjectName) -> ObjectName? {
        let owners = index.owners(of: name)
        let named = pods[name]?.labels[ReplicationPlanner.label]
        return owners.first { $0.name == named } ?? owners.first
    }
}
