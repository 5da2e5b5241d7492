import Synchronization

/// Taking connections from backlogs, and not taking them when there is nothing left to take them with.
extension Worker {
    /// Connections taken from one listener per event. The rest wake another worker, or this one again after the others' events.
    private static let acceptsPerEvent = 4

    /// Connections a worker may have more than another before it gives new ones away. An idle machine wakes the first worker
    /// every time (epoll wakes in order of registration), which would leave long-lived connections all on one processor;
    /// giving one away costs a wake-up, so short ones stay where they are.
    private static let tolerance = 4

    mutating func accept(from id: UInt32) {
        guard isAccepting, let served = listeners[id] else { return }
        for _ in 0..<Self.acceptsPerEvent {
            switch SocketCalls.accept(served.listener.descriptor) {
            case .connection(let client): place(client, served)
            case .nothing: return
            case .exhausted: return pause(served.listener)
            case .aborted: continue
            case .closed: return epoll.remove(served.listener.descriptor.raw)
            }
        }
    }

    /// Keeps a new connection, or gives it to a worker with clearly less to do.
    private mutating func place(_ client: consuming Descriptor, _ served: Served) {
        let mailboxes = context.mailboxes
        peer = (peer + 1) % mailboxes.count
        let other = mailboxes[peer]
        if peer != index, served.listener.isServedByAll,
            other.load.load(ordering: .relaxed) + Self.tolerance < connections.count
        {
            // Counted there at once, not when it arrives: until then this worker must not think it idle still.
            other.load.wrappingAdd(1, ordering: .relaxed)
            other.post(.relay(client: Handover(client), served.listener))
        } else {
            admit(client, served)
        }
    }

    /// Begins a connection of this worker's.
    mutating func admit(_ client: consuming Descriptor, _ served: Served) {
        let listener = served.listener
        let tally = listener.tallies[index]
        tally.pointee.accepted.bump()
        totals.pointee.accepted.bump()
        let active = context.active.wrappingAdd(1, ordering: .relaxed).newValue
        let isWithinLimit = active <= context.maxConnections
        guard isWithinLimit, context.descriptors.admitsClient(client) else {
            let reason = isWithinLimit ? RefusalReason.exhausted : .connectionLimit
            tally.pointee.countRefusal(reason)
            totals.pointee.countRefusal(reason)
            tally.pointee.ended.bump()
            totals.pointee.ended.bump()
            context.active.wrappingSubtract(1, ordering: .relaxed)
            mailbox.load.store(connections.count, ordering: .relaxed)
            return SocketCalls.resetOnClose(client)
        }
        let dial = Dial(ticket: listener.drawTicket(), version: served.backends.version)
        let connection = connections.insert(client: client, listener: listener, tally: tally, dial: dial)
        mailbox.load.store(connections.count, ordering: .relaxed)
        let token = Token(client: connection.pointee.slot, generation: connection.pointee.generation)
        guard epoll.add(connection.pointee.client.raw, .leg, token) else { return refuse(connection, .exhausted) }
        beginRound(connection)
        dialNext(connection)
    }

    /// Resets a client that gets no backend.
    mutating func refuse(_ connection: UnsafeMutablePointer<Connection>, _ reason: RefusalReason) {
        connection.pointee.tally.pointee.countRefusal(reason)
        totals.pointee.countRefusal(reason)
        end(connection, reset: true)
    }

    /// Stops watching a listener until `acceptPause` has passed: level triggered, it would otherwise wake this worker at once
    /// and for as long as there is nothing to accept with. Its clients wait in the backlog.
    mutating func pause(_ listener: Listener) {
        epoll.remove(listener.descriptor.raw)
        listener.tallies[index].pointee.acceptPauses.bump()
        totals.pointee.acceptPauses.bump()
        paused.append(listener.id)
        if pausedUntil == nil { pausedUntil = now &+ context.acceptPause }
    }

    mutating func resumeAccepting() {
        pausedUntil = nil
        let ids = paused
        paused.removeAll()
        for id in ids { if let served = listeners[id] { watch(served.listener) } }
    }

    /// Begins to accept from a listener; if the kernel has no room for the watch, later.
    mutating func watch(_ listener: Listener) {
        if !epoll.add(listener.descriptor.raw, .listener, Token(listener: listener.id)) { pause(listener) }
    }
}
