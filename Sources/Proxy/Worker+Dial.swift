/// Finding a backend for a client. Nothing here waits: a dial is a connect in the background and a deadline, so a backend that
/// does not answer delays only the client it was chosen for (in 2014 it delayed every client of the service, reference §5.6).
extension Worker {
    /// Begins the next attempt, or refuses the client when there is none left.
    mutating func dialNext(_ connection: UnsafeMutablePointer<Connection>) {
        // A listener closed meanwhile has no backends any more.
        let backends = listeners[connection.pointee.listener.id]?.backends ?? .empty
        while true {
            switch context.policy.next(&connection.pointee.dial, in: backends) {
            case .refuse(let reason): return refuse(connection, reason)
            case .dial(let backend):
                switch SocketCalls.dial(backend, context.keepalive, context.descriptors) {
                case .begun(let socket):
                    if watch(socket, of: connection) { return }
                    return refuse(connection, .exhausted)
                case .exhausted:
                    // No descriptor left: not the backend's fault. What is left of the round is the pause before the next try.
                    connection.pointee.dial.shortage = .descriptor
                    return
                case .withoutPort: connection.pointee.dial.hadNoPort()
                case .refused: countRefusal(connection)
                }
            }
        }
    }

    private mutating func watch(_ socket: consuming Descriptor, of connection: UnsafeMutablePointer<Connection>) -> Bool
    {
        connection.pointee.backend = socket
        if connection.pointee.dial.shortage == .descriptor { connection.pointee.dial.shortage = .none }
        let token = Token(
            backend: connection.pointee.slot, generation: connection.pointee.generation,
            attempt: connection.pointee.dial.attempt)
        return epoll.add(connection.pointee.backend.raw, .leg, token)
    }

    /// Gives a search for a backend the time of its round. Refusals do not renew it, so the rounds together bound how long a
    /// client waits, however many backends refuse and however slowly.
    mutating func beginRound(_ connection: UnsafeMutablePointer<Connection>) {
        timers.arm(connection.pointee.slot, queue: Int(connection.pointee.dial.round), now: now)
    }

    /// The kernel says how a dial ended.
    mutating func dialEnded(_ connection: UnsafeMutablePointer<Connection>, _ readiness: Readiness) {
        if !readiness.isDisjoint(with: [.failure, .hangUp]) {
            // Refused, unreachable, or accepted and reset at once: nothing of the client's has been read, so another
            // may have it.
            connection.pointee.backend = .none
            countRefusal(connection)
            dialNext(connection)
        } else if readiness.contains(.output) {
            timers.cancel(connection.pointee.slot)
            connection.pointee.phase = .relaying
            relay(connection, readiness, of: .backend)
        }
    }

    private func countRefusal(_ connection: UnsafeMutablePointer<Connection>) {
        connection.pointee.dial.wasRefused()
        countFailure(connection)
    }

    private func countFailure(_ connection: UnsafeMutablePointer<Connection>) {
        connection.pointee.tally.pointee.dialFailures.bump()
        totals.pointee.dialFailures.bump()
    }

    /// The time of a round is up.
    mutating func dialTimedOut(_ connection: UnsafeMutablePointer<Connection>) {
        if connection.pointee.backend.isOpen {
            connection.pointee.backend = .none
            countFailure(connection)
        }
        connection.pointee.dial.round += 1
        if Int(connection.pointee.dial.round) < context.policy.rounds { beginRound(connection) }
        dialNext(connection)
    }

    /// The client did something while its backend was being dialled. What it sent is remembered and waits; if it went away, so
    /// does the dial.
    mutating func clientStirred(_ connection: UnsafeMutablePointer<Connection>, _ readiness: Readiness) {
        if !readiness.isDisjoint(with: [.failure, .hangUp]) {
            connection.pointee.tally.pointee.abandoned.bump()
            totals.pointee.abandoned.bump()
            end(connection, reset: true)
        } else {
            connection.pointee.relay.note(readiness, of: .client)
        }
    }
}
