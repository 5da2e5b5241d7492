/// Which backend a connection tries next, and when it is refused. Pure: the worker makes the calls and reports how they end.
///
/// Kubernetes of November 2014 made up to four attempts, each at the next endpoint, with growing time-outs; 2015's were
/// 250 ms, 500 ms, 1 s and 2 s (reference §5.6), and those are the default. Every distinct position is tried before any is
/// tried again, and one that refused (a closed port, no route) is not asked twice: only one that kept silent is.
struct DialPolicy: Sendable {
    /// Attempts a connection may make at most. The bound is the width of `Dial.refused`; more would only make a client wait.
    static let maximumAttempts = 8

    /// How many attempts are made, one per time-out.
    let attempts: Int

    enum Decision: Equatable {
        case dial(Backend)
        case refuse(RefusalReason)
    }

    /// Moves `dial` on to its next attempt at a backend of `set`, or says that there is none.
    func next(_ dial: inout Dial, in set: BackendSet) -> Decision {
        guard !set.backends.isEmpty else { return .refuse(.noBackends) }
        guard dial.attempt < attempts else { return .refuse(.allBackendsFailed) }
        if dial.version != set.version {
            dial.version = set.version
            dial.position = 0
            dial.refused = 0
        } else if dial.attempt > 0 {
            dial.position += 1
        }
        let positions = min(set.backends.count, attempts)
        for step in 0..<positions {
            let position = (Int(dial.position) + step) % positions
            guard dial.refused & (1 << position) == 0,
                let backend = set.backend(ticket: dial.ticket, position: position)
            else { continue }
            dial.position = UInt8(position)
            dial.attempt += 1
            return .dial(backend)
        }
        return .refuse(.allBackendsFailed)
    }
}

/// One connection's search for a backend.
struct Dial: Equatable {
    /// This connection's turn in the round robin of its listener.
    let ticket: UInt64
    /// The `BackendSet.version` that `position` and `refused` speak of.
    var version: UInt32
    /// Attempts begun; the number of the one under way.
    var attempt: UInt8 = 0
    /// The position of that attempt.
    var position: UInt8 = 0
    /// Bit n: position n has refused.
    var refused: UInt8 = 0
    /// The attempt under way has no socket, because there was no descriptor for one.
    var isWithoutSocket = false

    init(ticket: UInt64, version: UInt32) {
        self.ticket = ticket
        self.version = version
    }

    /// The attempt under way was refused: its backend is there and says no, or cannot be reached at all.
    mutating func wasRefused() {
        refused |= 1 << position
    }
}
