/// Which pods are bound to which minion.
struct PodPlaces: Sendable {
    private var minions: [ObjectName: String] = [:]
    private var pods: [String: Set<ObjectName>] = [:]

    /// Takes the minion `pod` is bound to; empty or `nil` for none.
    mutating func set(_ minion: String?, of pod: ObjectName) {
        let new = minion.flatMap { $0.isEmpty ? nil : $0 }
        let old = minions[pod]
        if old == new { return }
        if let old {
            pods[old]?.remove(pod)
            if pods[old]?.isEmpty == true { pods[old] = nil }
        }
        minions[pod] = new
        if let new { pods[new, default: []].insert(pod) }
    }

    /// The pods bound to `minion`, in order of their names.
    func pods(on minion: String) -> [ObjectName] { (pods[minion] ?? []).sorted() }
}
