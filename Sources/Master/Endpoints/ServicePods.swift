import ClusterModel

/// Pods, what is seen of them, and the services that select them.
struct ServicePods: Sendable {
    private struct Record: Sendable {
        var pod: Pod
        var readiness = PodReadiness.notReady
    }

    private var records: [ObjectName: Record] = [:]
    /// What minions tell, which may come before the pod itself, or of a pod that is deleted and still ends.
    private var states: [ObjectName: PodState] = [:]
    private var places = PodPlaces()
    private var index = LabelIndex()

    /// Takes a service's selector; `nil` when the service is gone.
    mutating func set(selector: [String: String]?, of service: ObjectName) {
        index.set(selector: selector, of: service)
    }

    /// A service's pods with their readiness, in order of their names.
    func pods(of service: ObjectName) -> [(pod: Pod, readiness: PodReadiness)] {
        index.members(of: service).compactMap { name in records[name].map { ($0.pod, $0.readiness) } }
    }

    /// The addresses of a service's pods that are known not to answer.
    func silentAddresses(of service: ObjectName) -> Set<IPv4Address> {
        Set(
            index.members(of: service).compactMap { name in
                guard records[name]?.readiness == .notReady else { return nil }
                return states[name].flatMap { IPv4Address($0.podIP) }
            })
    }

    /// The minion a pod is bound to, empty for none; `nil` where the pod is not known.
    func host(of name: ObjectName) -> String? { records[name]?.pod.desiredState.host }

    /// Takes a pod as it is stored.
    /// - Returns: the services whose endpoints may have changed.
    mutating func set(_ pod: Pod, minion: MinionRoster.Standing) -> [ObjectName] {
        let name = ObjectName(pod.meta)
        let before = index.owners(of: name)
        places.set(pod.desiredState.host, of: name)
        records[name] = Record(pod: pod)
        index.set(labels: pod.labels, of: name)
        _ = refresh(name, minion: minion)
        return before + index.owners(of: name)
    }

    /// Takes what a minion tells of a pod.
    /// - Returns: the services whose endpoints may have changed.
    mutating func observe(_ name: ObjectName, _ state: PodState, minion: MinionRoster.Standing) -> [ObjectName] {
        // Of a pod that is not known, its end is the last thing there is to tell.
        states[name] = records[name] == nil && state.status == .terminated ? nil : state
        return refresh(name, minion: minion) ? index.owners(of: name) : []
    }

    /// Takes out a pod that is deleted.
    /// - Returns: the pod, how it answered until now, and for whom.
    mutating func remove(_ name: ObjectName) -> (pod: Pod, readiness: PodReadiness, services: [ObjectName])? {
        guard let record = records.removeValue(forKey: name) else { return nil }
        let services = index.owners(of: name)
        index.set(labels: nil, of: name)
        states[name] = nil
        places.set(nil, of: name)
        return (record.pod, record.readiness, services)
    }

    /// A minion's standing has changed.
    /// - Returns: the services whose endpoints may have changed.
    mutating func refresh(podsOf host: String, minion: MinionRoster.Standing) -> [ObjectName] {
        places.pods(on: host).filter { refresh($0, minion: minion) }.flatMap { index.owners(of: $0) }
    }

    private mutating func refresh(_ name: ObjectName, minion: MinionRoster.Standing) -> Bool {
        guard let record = records[name] else { return false }
        let readiness = PodReadiness(record.pod, state: states[name], minion: minion)
        records[name]?.readiness = readiness
        return readiness != record.readiness
    }
}
