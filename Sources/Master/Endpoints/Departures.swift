/// Addresses that deleted pods answered at, until their minion says that nothing of the pod is left, or a bound is over.
struct Departures: Sendable {
    private struct Departure: Sendable, Hashable {
        var service: ObjectName
        var address: String
    }

    /// A pod as one minion has it: another minion's may have the same name.
    private struct Place: Sendable, Hashable {
        var pod: ObjectName
        var minion: String
    }

    private let bound: Duration
    private var places: [ObjectName: [String: Place]] = [:]
    private var departures: [Place: [Departure]] = [:]
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
    func addresses(of service: ObjectName) -> [String] { (places[service] ?? [:]).keys.sorted() }

    /// `pod` of `minion`, which answered for `service` at `address`, is deleted.
    mutating func begin(_ address: String, of pod: ObjectName, on minion: String, leaving service: ObjectName) {
        let (departure, place) = (Departure(service: service, address: address), Place(pod: pod, minion: minion))
        places[service, default: [:]][address] = place
        departures[place, default: []].append(departure)
        begun.append(departure)
    }

    /// Nothing is left of `pod` on `minion`.
    /// - Returns: the services it had been leaving.
    mutating func end(_ pod: ObjectName, on minion: String) -> [ObjectName] {
        let place = Place(pod: pod, minion: minion)
        let ended = (departures[place] ?? []).filter { places[$0.service]?[$0.address] == place }
        for departure in ended { forget(departure) }
        departures[place] = nil
        return ended.map(\.service)
    }

    /// `service` is deleted.
    mutating func remove(_ service: ObjectName) {
        for address in addresses(of: service) { forget(Departure(service: service, address: address)) }
    }

    /// Forgets addresses whose bound is over.
    /// - Returns: the services they had been leaving.
    mutating func advance(now: Duration) -> [ObjectName] {
        for departure in begun where places[departure.service]?[departure.address] != nil {
            deadlines.set(departure, at: now + bound)
        }
        begun = []
        let due = deadlines.popDue(now: now)
        for departure in due { forget(departure) }
        return due.map(\.service)
    }

    private mutating func forget(_ departure: Departure) {
        deadlines.remove(departure)
        guard let place = places[departure.service]?.removeValue(forKey: departure.address) else { return }
        if places[departure.service]?.isEmpty == true { places[departure.service] = nil }
        departures[place]?.removeAll { $0 == departure }
        if departures[place]?.isEmpty == true { departures[place] = nil }
    }
}
