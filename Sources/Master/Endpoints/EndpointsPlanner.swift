import ClusterModel

/// What is to happen to the endpoints of one service.
struct EndpointsWrite: Sendable, Equatable {
    /// The service, and its endpoints object.
    var service: ObjectName
    /// What the object is to be; `nil` deletes it.
    var endpoints: Endpoints?
    /// The version of the object that is replaced or deleted; `nil` creates it.
    var version: UInt64?
}

/// Writes for each service with a selector where it is answered (reference §6.4): the ready pods it selects, at the port it
/// asks for, in order of their addresses; empty when there are none. Unlike the controller of 2014 it waits for no poll, and
/// takes only pods that are ready.
///
/// Endpoints of a service without a selector, or of no service, were made by hand and are not touched. When a service is
/// deleted its endpoints go with it.
struct EndpointsPlanner: ControllerPlanner {
    /// The annotation of endpoints that lists, joined by commas, addresses whose pods were deleted and may still be ending:
    /// they get no new connections, and open ones need not be cut.
    static let terminatingAnnotation = "terminating"
    /// How long an address is marked when its minion does not say that the pod is gone.
    static let terminatingBound: Duration = .seconds(30)

    private var isSynced = false
    private var roster: MinionRoster
    private var services: [ObjectName: Service] = [:]
    private var pods = ServicePods()
    private var departures = Departures(bound: Self.terminatingBound)
    private var stored: [ObjectName: Endpoints] = [:]
    /// Deleted services whose endpoints are still there.
    private var abandoned: Set<ObjectName> = []
    /// Services all of whose pods were told of at least once: from then on nothing stored is kept for want of knowledge.
    private var wellKnown: Set<ObjectName> = []
    private var work = WorkQueue<ObjectName>()
    private var underWay: [ObjectName: EndpointsWrite] = [:]

    init(graces: MinionRoster.Graces = MinionRoster.Graces()) {
        roster = MinionRoster(graces: graces)
    }

    var next: Duration? {
        guard isSynced else { return nil }
        let works = underWay.count < PlannerLimits.writesUnderWay ? work.next : nil
        return [works, roster.next, departures.next].compactMap(\.self).min()
    }

    mutating func apply(_ change: ClusterChange) {
        roster.apply(change)
        switch change {
        case .put(.service(let service)): put(service)
        case .put(.pod(let pod)): put(pod)
        case .put(.endpoints(let endpoints)): put(endpoints)
        case .removed(.service(let service), _): removed(service: ObjectName(service.meta))
        case .removed(.pod(let pod), _): removed(pod: ObjectName(pod.meta))
        case .removed(.endpoints(let endpoints), let revision): removed(endpoints, revision)
        case .podStatus(let ref, let state): observe(ObjectName(ref), state)
        case .podGone(let ref, let minion): work.add(departures.end(ObjectName(ref), on: minion))
        case .synced: isSynced = true
        case .put, .removed, .minionCondition, .damaged: break
        }
    }

    mutating func plan(now: Duration) -> [EndpointsWrite] {
        guard isSynced else { return [] }
        for minion in roster.advance(now: now) {
            work.add(pods.refresh(podsOf: minion, minion: roster.standing(of: minion)))
        }
        work.add(departures.advance(now: now))
        let room = max(0, PlannerLimits.writesUnderWay - underWay.count)
        var writes: [EndpointsWrite] = []
        // What is under way is looked at again when it is settled.
        for service in work.popDue(now: now, limit: room) where underWay[service] == nil {
            guard let write = decide(service) else {
                work.succeed(service)
                continue
            }
            underWay[service] = write
            writes.append(write)
        }
        return writes
    }

    mutating func settle(_ write: EndpointsWrite, _ outcome: WriteOutcome, now: Duration) {
        let service = write.service
        underWay[service] = nil
        switch outcome {
        case .done(let revision):
            take(write, revision)
            work.succeed(service)
            work.add(service)
        case .conflict:
            // Whoever made endpoints of a deleted service after it was deleted made them by hand.
            if write.endpoints == nil { abandoned.remove(service) }
            work.postpone(service, until: now + PlannerLimits.conflictPause)
        case .refused, .unavailable:
            work.fail(service, now: now)
        }
    }

    /// The write is known before the mirror tells of it.
    private mutating func take(_ write: EndpointsWrite, _ revision: UInt64?) {
        guard var endpoints = write.endpoints else {
            abandoned.remove(write.service)
            if version(of: write.service) == write.version { stored[write.service] = nil }
            return
        }
        guard let revision, revision > version(of: write.service) ?? 0 else { return }
        endpoints.meta.resourceVersion = revision
        stored[write.service] = endpoints
    }

    private func version(of service: ObjectName) -> UInt64? { stored[service]?.meta.resourceVersion }
}

// MARK: - Decisions

extension EndpointsPlanner {
    /// What is to be written for `service`; `nil` when all is as it should be.
    private mutating func decide(_ name: ObjectName) -> EndpointsWrite? {
        guard let service = services[name] else {
            let isOurs = abandoned.contains(name) && stored[name] != nil
            return isOurs ? EndpointsWrite(service: name, version: version(of: name)) : nil
        }
        if service.selector.isEmpty { return nil }
        let wanted = endpoints(of: service, name)
        if let old = stored[name], Self.areEqual(old, wanted) { return nil }
        return EndpointsWrite(service: name, endpoints: wanted, version: version(of: name))
    }

    private mutating func endpoints(of service: Service, _ name: ObjectName) -> Endpoints {
        let candidates = pods.pods(of: name)
        let leaving = departures.addresses(of: name)
        var entries = Set(
            candidates.compactMap { candidate -> EndpointAddress? in
                guard case .ready(let address) = candidate.readiness else { return nil }
                return service.endpoint(at: address, of: candidate.pod)
            })
        if candidates.contains(where: { $0.readiness == .unknown }), !wellKnown.contains(name) {
            entries.formUnion(kept(name, leaving: leaving))
        } else {
            wellKnown.insert(name)
        }
        var wanted =
            stored[name] ?? Endpoints(meta: ObjectMeta(name: name.name, namespace: name.namespace), endpoints: [])
        wanted.endpoints = entries.sorted(by: EndpointAddress.isBefore).map(\.description)
        let marks = leaving.filter { !wanted.endpoints.contains($0) }
        wanted.meta.annotations[Self.terminatingAnnotation] = marks.isEmpty ? nil : marks.joined(separator: ",")
        return wanted
    }

    /// A master that has just begun does not know yet where pods are: what an earlier one wrote stands until it does, less
    /// what is known not to answer.
    private func kept(_ name: ObjectName, leaving: [String]) -> Set<EndpointAddress> {
        let denied = pods.silentAddresses(of: name)
        let addresses = (stored[name]?.endpoints ?? []).compactMap(EndpointAddress.init)
        return Set(addresses).filter { entry in
            guard case .ipv4(let address) = entry.host else { return false }
            return !denied.contains(address) && !leaving.contains(entry.description)
        }
    }

    /// Whether nothing is to be written: another order of the same addresses is no difference.
    private static func areEqual(_ old: Endpoints, _ new: Endpoints) -> Bool {
        old.meta.annotations == new.meta.annotations && old.endpoints.sorted() == new.endpoints.sorted()
    }
}

// MARK: - Changes

extension EndpointsPlanner {
    private mutating func put(_ service: Service) {
        let name = ObjectName(service.meta)
        services[name] = service
        abandoned.remove(name)
        pods.set(selector: service.selector, of: name)
        work.add(name)
    }

    private mutating func removed(service name: ObjectName) {
        // Without a selector its endpoints were never ours.
        let wasOurs = services.removeValue(forKey: name)?.selector.isEmpty == false
        wellKnown.remove(name)
        departures.remove(name)
        pods.set(selector: nil, of: name)
        if wasOurs, stored[name] != nil || underWay[name] != nil { abandoned.insert(name) }
        work.add(name)
    }

    private mutating func put(_ pod: Pod) {
        let host = pod.desiredState.host
        if !host.isEmpty { roster.expect(host) }
        work.add(pods.set(pod, minion: roster.standing(of: host)))
    }

    private mutating func observe(_ pod: ObjectName, _ state: PodState) {
        work.add(pods.observe(pod, state, minion: roster.standing(of: pods.host(of: pod) ?? "")))
    }

    private mutating func removed(pod name: ObjectName) {
        guard let (pod, readiness, owners) = pods.remove(name) else { return }
        work.add(owners)
        guard case .ready(let address) = readiness else { return }
        for owner in owners {
            if let entry = services[owner]?.endpoint(at: address, of: pod) {
                departures.begin(entry.description, of: name, on: pod.desiredState.host, leaving: owner)
            }
        }
    }

    private mutating func put(_ endpoints: Endpoints) {
        let name = ObjectName(endpoints.meta)
        if endpoints.meta.resourceVersion < version(of: name) ?? 0 { return }
        stored[name] = endpoints
        work.add(name)
    }

    private mutating func removed(_ endpoints: Endpoints, _ revision: UInt64) {
        let name = ObjectName(endpoints.meta)
        if revision < version(of: name) ?? 0 { return }
        stored[name] = nil
        abandoned.remove(name)
        work.add(name)
    }
}

extension Service {
    /// Where `pod`, which has `address`, answers the service; `nil` when it has no such port (reference §6.4).
    fileprivate func endpoint(at address: IPv4Address, of pod: Pod) -> EndpointAddress? {
        targetPort(in: pod).flatMap(UInt16.init(exactly:)).flatMap { port in
            port > 0 ? EndpointAddress(host: .ipv4(address), port: port) : nil
        }
    }
}

extension EndpointAddress {
    /// By number, so that `10.1.0.9` comes before `10.1.0.10`.
    fileprivate static func isBefore(_ left: EndpointAddress, _ right: EndpointAddress) -> Bool {
        switch (left.host, right.host) {
        case (.ipv4(let first), .ipv4(let second)): (first, left.port) < (second, right.port)
        default: left.description < right.description
        }
    }
}
