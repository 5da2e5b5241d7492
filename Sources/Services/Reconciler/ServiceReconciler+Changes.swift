public import ClusterModel

extension ServiceReconciler {
    /// Takes the picture as it is at the start, and keeps what runs: a listener that was handed over, or else the port the
    /// kernel's rule leads to. Of two services that claim one portal the one whose listener was handed over keeps it, then
    /// the first by name. Call it once.
    /// - Parameter complete: whether these are all services of the node. If not, rules and listeners of others stay as they
    ///   are until `becomeComplete`, and removals wait for it.
    public func begin(services: [DesiredService], complete: Bool) {
        isComplete = complete
        hasBegun = true
        let (known, unknown) = services.sorted { $0.service.key < $1.service.key }.reduce(
            into: ([DesiredService](), [DesiredService]())
        ) { parts, service in
            if strangers[ListenerName.of(service.service.key)] != nil {
                parts.0.append(service)
            } else {
                parts.1.append(service)
            }
        }
        for service in known + unknown { change(service) }
        // Served at once, because their rules are in the kernel: reading it may have to wait.
        for service in known { prepare(service.service.key) }
        passRequested = true
        kick()
    }

    /// Changes and removals; a service in both lists is changed. O(size of the change). Returns when they are noted: reports
    /// tell when they are done.
    /// - Parameter generation: of the removals; what is reported of them, a failure too, carries it.
    public func update(changed: [DesiredService], removed: [ObjectKey], generation: UInt64 = 0) {
        for key in removed { remove(key, generation) }
        for service in changed { change(service) }
        kick()
    }

    /// Says that all services have been named: what belongs to none of them goes.
    public func becomeComplete() {
        guard !isComplete else { return }
        isComplete = true
        passRequested = true
        kick()
    }

    /// Compares with the kernel now, repairs what differs, and returns when that is done.
    public func verify() async {
        passRequested = true
        kick()
        await settle()
    }

    private func change(_ service: DesiredService) {
        let key = service.service.key
        deferred.remove(key)
        let before = entries[key]?.desired
        var entry = entries[key] ?? Entry()
        entry.desired = service
        entry.generation = service.generation
        entries[key] = entry
        if entry.proxyPort != nil { proxy.setBackends(ListenerName.of(key), service.backends) }
        let isPending = dirty.contains(key) || inFlight[key] != nil
        if let before, before.isProgrammed(like: service), !isPending {
            reportState(of: key)
            return
        }
        markDirty(planner.set(service.service))
        clearFailure(of: key)
        markDirty([key])
    }

    private func remove(_ key: ObjectKey, _ generation: UInt64) {
        if entries[key]?.desired != nil {
            // Asked for by name: that is no guess from a picture, half or whole.
            takeDown(key, generation)
        } else if strangers[ListenerName.of(key)] != nil {
            deferred.insert(key)
        } else if entries[key] != nil {
            // On its way out already, or stuck there: this removal waits for the same end.
            noteRemoval(key, generation)
            if let trouble { reportFailure(of: key, trouble: trouble) }
        } else {
            report(ServiceReport(key: key, generation: generation, convergence: .removed))
        }
    }

    private func noteRemoval(_ key: ObjectKey, _ generation: UInt64) {
        guard var entry = entries[key] else { return }
        entry.generation = max(entry.generation, generation)
        entries[key] = entry
    }

    private func takeDown(_ key: ObjectKey, _ generation: UInt64) {
        entries[key]?.desired = nil
        noteRemoval(key, generation)
        markDirty(planner.remove(key))
        clearFailure(of: key)
        markDirty([key])
    }

    /// Hands services to the next batch; while the kernel cannot be reached that may take a while, which is said at once.
    func markDirty(_ keys: [ObjectKey]) {
        dirty.formUnion(keys)
        guard let trouble else { return }
        for key in keys { reportFailure(of: key, trouble: trouble) }
    }
}
