/// The backends of one listener at one moment: immutable, handed to every worker as a whole.
///
/// Round robin is `backends[(offset + ticket) % count]`. Tickets are drawn from one atomic counter per listener, so two
/// workers never pick the same one (in 2014 read and increment were separate and picks could repeat, reference §5.8), and
/// nothing is locked. A backend listed twice gets twice the share.
struct BackendSet: Sendable, Equatable {
    let backends: [Backend]
    /// Added to a ticket before it is reduced to an index; keeps the turn when the list changes.
    let offset: UInt64
    /// Differs between two sets of one listener; a dial under way sees by it that the positions it has tried mean nothing now.
    let version: UInt32

    static let empty = BackendSet(backends: [], offset: 0, version: 0)

    /// The backend that a connection with `ticket` tries at `position`: 0 is its turn in the round, 1 the next one…
    func backend(ticket: UInt64, position: Int) -> Backend? {
        guard !backends.isEmpty else { return nil }
        let index = (offset &+ ticket &+ UInt64(position)) % UInt64(backends.count)
        return backends[Int(index)]
    }

    /// The set that follows this one. Round robin goes on behind the backend that was served last or, if that one is gone,
    /// with the first survivor that would have come after it; 2014 began again at the head of the list with every change,
    /// which sends the most to the first backend of a list that changes often.
    func replaced(by list: [Backend], nextTicket: UInt64) -> BackendSet {
        guard !list.isEmpty else { return BackendSet(backends: [], offset: 0, version: version &+ 1) }
        var place: [Backend: Int] = [:]
        for (index, backend) in list.enumerated() where place[backend] == nil { place[backend] = index }
        let due = (0..<backends.count).lazy.compactMap { backend(ticket: nextTicket, position: $0) }
        let head = UInt64(due.compactMap { place[$0] }.first ?? 0)
        let count = UInt64(list.count)
        return BackendSet(
            backends: list, offset: (head + count - nextTicket % count) % count, version: version &+ 1)
    }
}
