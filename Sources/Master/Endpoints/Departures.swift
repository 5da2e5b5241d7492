/// Addresses that deleted pods answered at, until their minion says that nothing of the pod is left, or a bound is over.
struct Departures: Sendable {
    private struct Departure: Sendable, Hashable {
        var service: ObjectName
        var address: String
    }

    private let bound: Duration
    private var pods: [ObjectName: [String: ObjectName]] = [:]
    private var departures: [ObjectName: [Departure]] = [:]
    private var deadlines = DeadlineQueue<Departure>()
    /// Begun since the last `advance`.
    private var begun: [Departure] = []

    /// - Parameter bound: how long an address is kept at the most.
    init(bound: Duration) {
        self.bound = bound
    }

    /// When the next bound is over; `.zero` is at once.
    var next: Duration? { begun.isEmpty ? deadlines.next : .zero }

    /// The addresses that are leaving `service`, in order.
    func addresses(of service: ObjectName) -> [String] { (pods[service] ?? [:]).keys.sorted() }

    /// `pod`, which answered for `service` at `address`, is deleted.
    mutating func begin(_ address: String, of pod: ObjectName, leaving service: ObjectName) {
        let departure = Departure(service: service, address: address)
        pods[service, default: [:]][address] = pod
        departures[pod, default: []].append(departure)
        begun.append(departure)
    }

    /// Nothing is left of `pod`.
    /// - Returns: the services it had been leaving.
    mutating func end(_ pod: ObjectName) -> [ObjectName] {
        let ended = (departures[pod] ?? []).filter { pods[$0.service]?[$0.address] == pod }
        for departure in ended { forget(departure) }
        departures[pod] = nil
        return ended.map(\.service)
    }

    /// `service` is deleted.
    mutating func remove(_ service: ObjectName) {
        for address in addresses(of: service) { forget(Departure(service: service, address: address)) }
    }

    /// Forgets addresses whose bound is over.
    /// - Returns: the services they had been leaving.
    mutating func advance(now: Duration) -> [ObjectName] {
        for departure in begun where pods[departure.service]?[departure.address] != nil {
            deadlines.set(departure, at: now + bound)
        }
        begun = []
        let due = deadlines.popDue(now: now)
        for departure in due { forget(departure) }
        return due.map(\.service)
    }

    private mutating func forget(_ departure: Departure) {
        deadlines.remove(departure)
        guard let pod = pods[departure.service]?.removeValue(forKey: departure.address) else { return }
        if pods[departure.service]?.isEmpty == true { pods[departure.service] = nil }
        departures[pod]?.removeAll { $0 == departure }
        if departures[pod]?.isEmpty == true { departures[pod] = nil }
    }
}
