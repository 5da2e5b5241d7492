import ClusterModel
import Logging
import Machine
import Synchronization
import Wire

extension MinionLink {
    /// One session from `ready` on. Throws why it ended.
    func converse(_ session: WireSession) async throws {
        let (bells, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let now = context.time.now()
        state.withLock { state in
            state.bell = bell
            state.lastHeard = now
            state.connection = .connected
            state.complaint = nil
        }
        // Each goes on until the session ends, and the first to see it says why.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.watchSilence(session) }
            group.addTask { try await self.serve(session, bells) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Takes the lead, then pushes and listens.
    private func serve(_ session: WireSession, _ bells: AsyncStream<Void>) async throws {
        try await lead(session)
        try await open(session.ready)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.push(session, bells) }
            group.addTask { try await self.follow(session) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func lead(_ session: WireSession) async throws {
        do {
            let lead = Operation.lead(master: context.master, term: context.term)
            for try await reply in try await session.request(lead) {
                // Stored: nobody with a lower term writes there any more.
                if case .ack = reply { return }
            }
        } catch let fault as WireFault where fault.reason == .staleTerm {
            throw PushError(.superseded, fault.message, term: session.ready.term)
        }
        throw PushError(.ended, "the connection ended before the minion took the term")
    }

    /// Decides between everything and differences, and waits for the mirror where the minion is ahead of it: without versions
    /// everything is only given when the store itself has not come so far.
    private func open(_ ready: Ready) async throws {
        let applied = ready.applied["master"] ?? 0
        let takesPeers = ready.takes(.minion)
        state.withLock { state in
            // What was passed over for another version of the agent is not known to be stored.
            if takesPeers != state.takesPeers { state.planner.held = nil }
            state.takesPeers = takesPeers
        }
        let patience = context.time.now() + context.settings.catchUpDeadline
        while true {
            let position = context.catalog.position(of: minion)
            var mayWait = context.time.now() < patience
            if !mayWait, applied > position.revision { mayWait = try await context.storeRevision() >= applied }
            let opening = state.withLock { $0.planner.begin(applied: applied, position: position, mayWait: mayWait) }
            switch opening {
            case .tooEarly:
                try await context.time.sleep(PushSettings.catchUpPause)
                continue
            case .resume: context.logger.info("minion \(minion) (\(ready.agent)) is back at version \(applied)")
            case .fullSet(versioned: true): context.logger.info("minion \(minion) (\(ready.agent)) is given everything")
            case .fullSet(versioned: false):
                context.logger.warning(
                    """
                    minion \(minion) has version \(applied) and the store is at \(position.revision): it was put back to an \
                    earlier state; the minion is given everything as it is now
                    """)
            }
            return
        }
    }

    // MARK: Sending

    private func push(_ session: WireSession, _ bells: AsyncStream<Void>) async throws {
        var bell = bells.makeAsyncIterator()
        while true {
            try Task.checkCancellation()
            let (step, end, peers) = state.withLock { ($0.planner.step, $0.end, $0.takesPeers) }
            if let end { throw end }
            var isIdle = false
            switch step {
            case .fullSet(let versioned, let refused):
                let newest = state.withLock { $0.planner.newest }
                let set = context.catalog.fullSet(for: minion, atLeast: newest, peers: peers)
                try await sendFullSet(session, set, versioned: versioned, without: refused)
            case .changes(let sequence, let limit):
                let changes = context.catalog.changes(for: minion, after: sequence, limit: limit, peers: peers)
                try await send(changes, session)
                if changes.isEmpty { isIdle = !state.withLock { $0.planner.caughtUp() } }
            case .retry(let keys):
                let changes = keys.compactMap { key -> DeliveryLog.Change? in
                    let change = context.catalog.change(of: key, for: minion)
                    return state.withLock { $0.planner.isRetried(key, change) } ? change : nil
                }
                try await send(changes, session)
            case .wait: isIdle = true
            }
            if isIdle { _ = await bell.next() }
        }
    }

    /// Sends changes, as many in one write as a part of a set holds.
    private func send(_ changes: [DeliveryLog.Change], _ session: WireSession) async throws {
        var batch = RequestBatch()
        for change in changes {
            let id = try session.open { self.take($0) }
            let now = context.time.now()
            if let given = state.withLock({ $0.planner.sending(change, as: id, now: now) }) { session.forget(given) }
            batch.append(change.object?.apply ?? .remove(change.key, resourceVersion: change.version), id: id)
            guard batch.byteCount >= context.settings.partBytes else { continue }
            try await session.send(batch)
            batch = RequestBatch()
        }
        try await session.send(batch)
    }

    private func sendFullSet(
        _ session: WireSession, _ set: FullSet, versioned: Bool, without refused: [ObjectKey: UInt64]
    ) async throws {
        let id = try session.open { self.take($0) }
        let now = context.time.now()
        state.withLock { $0.planner.sending(set, as: id, now: now) }
        try await session.send(.begin, id: session.open(nil))
        for part in set.parts(versioned: versioned, without: refused) {
            try await session.send(part, id: session.open(nil))
        }
        try await session.send(.commit, id: id)
    }

    // MARK: Hearing

    /// Takes what came for a request; on the task that reads the connection.
    private func take(_ result: Result<Reply, any Error>) {
        let now = context.time.now()
        let bell = state.withLock { state in
            var end: PushError?
            let isAwaited = state.planner.awaitsReply
            switch result {
            case .success(.ack(let ack)):
                state.lastHeard = now
                end = state.planner.take(ack, now: now)
            case .success: state.lastHeard = now
            case .failure(let fault as WireFault): end = state.planner.take(fault, now: now)
            // The session is over, and whoever sends or watches learns it as well.
            case .failure: break
            }
            if state.end == nil { state.end = end }
            return isAwaited || end != nil ? state.bell : nil
        }
        bell?.yield()
    }

    /// Reports what the minion says of its pods and of itself.
    private func follow(_ session: WireSession) async throws {
        var backlog: [ObjectRef: PodState]? = [:]
        for try await event in try await session.watch([.pod, .node]) {
            let now = context.time.now()
            state.withLock { $0.lastHeard = now }
            switch event {
            case .status(.pod, let object):
                guard let (pod, state) = MinionReports.podState(object), isGiven(pod) else { continue }
                if backlog == nil {
                    await context.observer.report(podStates: [pod: state])
                } else {
                    backlog?[pod] = state
                }
            case .status(.node, let object):
                await context.observer.report(MinionReports.condition(object, now: now), of: minion)
            case .synced:
                await context.observer.report(podStates: backlog ?? [:])
                backlog = nil
            case .removed(.pod, let object):
                if let pod = MinionReports.gonePod(object) {
                    backlog?[pod] = nil
                    await context.observer.report(gone: pod, from: minion)
                }
            case .status, .removed: continue
            }
        }
        throw PushError(.ended, "the minion ended the watch")
    }

    /// Whether the pod is one the minion was given: a static manifest's may have the name of another minion's.
    private func isGiven(_ pod: ObjectRef) -> Bool {
        guard let key = ObjectKey(pod) else { return false }
        return context.catalog.change(of: key, for: minion)?.object != nil
    }

    /// Asks whether the minion is there, and gives the connection up when it has been silent for too long: it may be half
    /// open, which TCP alone tells after minutes.
    private func watchSilence(_ session: WireSession) async throws {
        var lastRetry = context.time.now()
        while true {
            try await context.time.sleep(context.settings.pingInterval)
            let now = context.time.now()
            let silence = now - (state.withLock { $0.lastHeard } ?? now)
            guard silence < context.settings.silenceDeadline else {
                throw PushError(.silent, "it has said nothing for \(silence)")
            }
            try await session.send(.ping, id: session.open { self.take($0) })
            if now - lastRetry >= context.settings.refusalRetry {
                lastRetry = now
                state.withLock { $0.planner.retryRefused() }
                ring()
            }
        }
    }
}
