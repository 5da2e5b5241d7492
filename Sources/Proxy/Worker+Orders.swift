import Synchronization

/// Doing what the control path asks.
extension Worker {
    mutating func obey() {
        var orders = mailbox.fetch()
        orders.reverse()
        // Taken out one by one: what an order held is let go before the next one is done, so that a listener it was the last
        // to hold is closed when a later order is answered.
        while let order = orders.popLast() {
            switch order {
            case .serve(let listener, let backends): serve(listener, backends)
            case .leave(let listener):
                listeners[listener.id] = nil
                epoll.remove(listener.descriptor.raw)
            case .relay(let client, let listener):
                // A listener closed since has no backends: the client is reset.
                admit(client.take(), listeners[listener.id] ?? Served(listener: listener, backends: .empty))
            case .answer(let rollcall): rollcall.answer()
            case .stopAccepting(let rollcall):
                isAccepting = false
                for served in listeners.values { epoll.remove(served.listener.descriptor.raw) }
                pausedUntil = nil
                rollcall.answer()
            case .drain(let deadline, let rollcall):
                drain = (deadline, rollcall)
            case .end: isEnding = true
            }
        }
    }

    private mutating func serve(_ listener: Listener, _ backends: BackendSet) {
        let isNew = listeners.updateValue(Served(listener: listener, backends: backends), forKey: listener.id) == nil
        guard isNew else { return }
        listener.countServing()
        if isAccepting { watch(listener) }
    }

    /// Answers the drain when nothing is left, or cuts what is left when its time is up.
    mutating func checkDrain() {
        guard let drain else { return }
        if drain.deadline <= now { cutAll() }
        guard connections.count == 0 else { return }
        self.drain = nil
        drain.rollcall.answer()
    }

    mutating func cutAll() {
        for slot in 0..<UInt32(connections.capacity) {
            guard let connection = connections.occupant(of: slot) else { continue }
            connection.pointee.tally.pointee.cut.bump()
            totals.pointee.cut.bump()
            end(connection, reset: true)
        }
    }
}
