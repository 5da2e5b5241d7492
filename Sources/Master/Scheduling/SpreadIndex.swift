/// How many pods of each group (of one service, of one controller) are on each minion, kept up to date at the price of what
/// changes.
struct SpreadIndex: Sendable {
    private var index = LabelIndex()
    private var places: [ObjectName: String] = [:]
    private var counts: [ObjectName: [String: Int]] = [:]

    /// Takes a group's selector; `nil` when the group is gone.
    mutating func set(selector: [String: String]?, of group: ObjectName) {
        index.set(selector: selector, of: group)
        counts[group] = nil
        for pod in index.members(of: group) {
            if let minion = places[pod] { counts[group, default: [:]][minion, default: 0] += 1 }
        }
    }

    /// Takes a pod's labels and its minion, `nil` where it has none; both `nil` when it is gone.
    mutating func set(labels: [String: String]?, minion: String?, of pod: ObjectName) {
        count(pod, -1)
        index.set(labels: labels, of: pod)
        places[pod] = minion
        count(pod, 1)
    }

    /// Pods per minion that share a group with `pod`; one that shares two groups counts twice.
    func companions(of pod: ObjectName) -> [String: Int] {
        var sum: [String: Int] = [:]
        for group in index.owners(of: pod) { sum.merge(counts[group] ?? [:], uniquingKeysWith: +) }
        return sum
    }

    private mutating func count(_ pod: ObjectName, _ step: Int) {
        guard let minion = places[pod] else { return }
        for group in index.owners(of: pod) {
            let count = (counts[group]?[minion] ?? 0) + step
            counts[group, default: [:]][minion] = count > 0 ? count : nil
            if counts[group]?.isEmpty == true { counts[group] = nil }
        }
    }
}
