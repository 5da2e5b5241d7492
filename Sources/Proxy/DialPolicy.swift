/// Which backend a connection tries next, and when it is refused. Pure: the worker makes the calls and reports how they end.
///
/// Kubernetes of November 2014 made up to four attempts, each at the next endpoint, with growing time-outs; 2015's were
/// 250 ms, 500 ms, 1 s and 2 s (reference §5.6), and those are the default. They are rounds here: a round is a time-out, and
/// what refuses at once (a closed port, no route) uses up none of it, so that a service of which half the backends are down
/// still finds the other half. Every distinct position is tried before any is tried again, and one that refused is not asked
/// twice: only one that kept silent is.
struct DialPolicy: Sendable {
    /// Rounds a connection may have at most; more would only make a client wait.
    static let maximumRounds = 8
    /// Backends of a set that one connection tries: the width of `Dial.refused`.
    static let maximumPositions = 64
    /// Dials of one connection: the largest number `Token.attempt` can carry.
    static let maximumDials = 63

    /// How many rounds there are, one per time-out.
    let rounds: Int

    enum Decision: Equatable {
        case dial(Backend)
        case refuse(RefusalReason)
    }

    /// Moves `dial` on to its next attempt at a backend of `set`, or says that there is none.
    func next(_ dial: inout Dial, in set: BackendSet) -> Decision {
        guard !set.backends.isEmpty else { return .refuse(.noBackends) }
        guard dial.round < rounds, dial.attempt < Self.maximumDials else { return .refuse(dial.reason) }
        if dial.version != set.version {
            dial.version = set.version
            dial.position = 0
            dial.refused = 0
        } else if dial.attempt > 0 {
            dial.position += 1
        }
        let positions = min(set.backends.count, Self.maximumPositions)
        for step in 0..<positions {
            let position = (Int(dial.position) + step) % positions
            guard dial.refused & (1 << position) == 0,
                let backend = set.backend(ticket: dial.ticket, position: position)
            else { continue }
            dial.position = UInt8(position)
            dial.attempt += 1
            return .dial(backend)
        }
        return .refuse(dial.reason)
    }
}

/// One connection's search for a backend.
struct Dial: Equatable {
    /// What the node itself lacked for an attempt.
    enum Shortage: UInt8 {
        case none
        /// The attempt under way has no socket, because there was no descriptor for one.
        case descriptor
        /// An attempt had no source port left towards its backend.
        case port
    }

    /// This connection's turn in the round robin of its listener.
    let ticket: UInt64
    /// Bit n: position n has refused.
    var refused: UInt64 = 0
    /// The `BackendSet.version` that `position` and `refused` speak of.
    var version: UInt32
    /// Attempts begun; the number of the one under way.
    var attempt: UInt8 = 0
    /// Rounds whose time has run out; the number of the one under way.
    var round: UInt8 = 0
    /// The position of that attempt.
    var position: UInt8 = 0
    var shortage = Shortage.none

    init(ticket: UInt64, version: UInt32) {
        self.ticket = ticket
        self.version = version
    }

    /// The attempt under way was refused: its backend is there and says no, or cannot be reached at all.
    mutating func wasRefused() {
        refused |= 1 << position
    }

    /// There was no source port for the attempt under way. Ports are used up per backend, so another may do.
    mutating func hadNoPort() {
        wasRefused()
        shortage = .port
    }

    /// Why the client is refused when nothing is left to try: what the node lacked comes before what its backends did.
    var reason: RefusalReason {
        switch shortage {
        case .none: .allBackendsFailed
        case .descriptor: .exhausted
        case .port: .noLocalPort
        }
    }
}
