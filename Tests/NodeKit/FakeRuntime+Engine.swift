import ClusterModel
import Pods
import Synchronization

/// What the engine in memory does.
extension FakeRuntime.State {
    func shown(_ entry: FakeRuntime.Entry) -> ObservedContainer {
        guard silent.contains(entry.seen.id) else { return entry.seen }
        return ObservedContainer(
            id: entry.seen.id, name: entry.seen.name, labels: entry.seen.labels, state: .unknown("no answer"))
    }

    mutating func prepare(_ subnet: IPv4Network, owner: String) throws(RuntimeError) {
        if let network {
            guard network.owner == owner else {
                throw RuntimeError(.networkConflict, "the engine has a network minion that is not this agent's")
            }
            if network.subnet == subnet { return }
            let isUsed = entries.values.contains { entry in
                guard case .running = entry.seen.state, case .own(_, _, .some) = entry.spec.network else {
                    return false
                }
                return true
            }
            guard !isUsed else { throw RuntimeError(.networkInUse, "network minion has active endpoints") }
        }
        network = (owner, subnet)
    }

    mutating func run(_ spec: ContainerSpec, owner: String) throws(RuntimeError) -> String {
        guard images.contains(spec.image) else { throw RuntimeError(.noSuchImage, "No such image: \(spec.image)") }
        if let other = entries.values.first(where: { $0.seen.name == spec.name }) {
            throw RuntimeError(.nameConflict, "the name \(spec.name) is in use by \(other.seen.id)")
        }
        serial += 1
        let id = "id\(serial)"
        var seen = ObservedContainer(id: id, name: spec.name, labels: spec.labels, image: spec.image, state: .created)
        if case .shared(let network) = spec.network {
            let peer = entries.values.first { $0.seen.id == network || $0.seen.name == network }
            seen.sharesNetworkWith = peer?.seen.id ?? network
        }
        entries[id] = FakeRuntime.Entry(owner: owner, seen: seen, spec: spec)
        if let refusal = refusal(of: spec, id: id) { throw refusal }
        if case .own(_, _, let subnet) = spec.network {
            let network = subnet?.address ?? IPv4Address(value: 0xAC11_0000)
            seen.address = IPv4Address(value: network.value + UInt32(serial % 250 + 2)).description
        }
        seen.state = .running(startedAt: time)
        entries[id]?.seen = seen
        if let entry = entries[id] { tell(.started, entry) }
        play(FakeProgram(spec.arguments).body, of: id)
        return id
    }

    /// Lets a program that runs do what it does.
    mutating func play(_ statements: [FakeProgram.Statement], of id: String) {
        for statement in statements {
            guard case .running = entries[id]?.seen.state else { return }
            switch statement {
            case .write(let text, let toError): write(text, to: toError ? .stderr : .stdout, by: id)
            case .exit(let code): end(id, code: code)
            }
        }
    }

    private func refusal(of spec: ContainerSpec, id: String) -> RuntimeError? {
        switch spec.network {
        case .shared(let network):
            let isThere = entries.values.contains { entry in
                guard case .running = entry.seen.state else { return false }
                return entry.seen.id == network || entry.seen.name == network
            }
            return isThere ? nil : RuntimeError(.noSuchContainer, "No such container: \(network)")
        case .own(_, let ports, let subnet):
            guard subnet == nil || subnet == network?.subnet else {
                return RuntimeError(.noSuchNetwork, "network minion not found")
            }
            let taken = entries.values.flatMap { entry -> [PublishedPort] in
                guard case .running = entry.seen.state, case .own(_, let ports, _) = entry.spec.network else {
                    return []
                }
                return ports
            }
            let clash = ports.first { port in
                taken.contains { $0.hostPort == port.hostPort && $0.transport == port.transport }
            }
            return clash.map { RuntimeError(.portTaken, "port \($0.hostPort) is already allocated") }
        }
    }

    mutating func end(_ id: String, code: Int, outOfMemory: Bool = false) {
        guard let entry = entries[id], case .running(let startedAt) = entry.seen.state else { return }
        let exit = ObservedContainer.Exit(
            code: code, outOfMemory: outOfMemory, startedAt: startedAt, finishedAt: time)
        entries[id]?.seen.state = .exited(exit)
        entries[id]?.seen.address = ""
        for follower in logs[id]?.followers ?? [] { follower.finish() }
        logs[id]?.followers = []
        tell(.died, entry)
    }

    func tell(_ kind: RuntimeEvent.Kind, _ entry: FakeRuntime.Entry) {
        let event = RuntimeEvent(kind: kind, id: entry.seen.id, pod: entry.seen.labels.key)
        for watcher in watchers.values where watcher.owner == entry.owner { watcher.stream.yield(event) }
    }

    /// A time like docker's that differs from container to container.
    var time: String { "2014-10-21T12:00:\(serial % 60 < 10 ? "0" : "")\(serial % 60).123456789Z" }
}

extension FakeRuntime {
    /// Waits for `release()`.
    func hold() async {
        await withCheckedContinuation { waiter in engine.state.withLock { $0.held.append(waiter) } }
    }
}
