/// Why one minion cannot be given one pod.
enum Misfit: Sendable, Hashable {
    /// It takes no pods now; why, in words.
    case notReady(String)
    /// Labels of the pod's `nodeSelector` it does not carry, `key=value` each.
    case lacksLabels([String])
    case hostPort(Int, holder: ObjectName)
    case disk(String, user: ObjectName)
    /// Bytes free.
    case memory(free: Int64)
    /// Thousandths of a core free.
    case cpu(free: Int64)
}

/// Why a pod fits nowhere, for people: one line per reason with the number of minions it holds for.
struct FitReport: Sendable, Equatable {
    /// Lines told; each further reason is counted only. A message of a pod stays readable and small.
    static let lineLimit = 8

    /// How many minions there are.
    let minions: Int
    /// One per reason, the commonest first.
    let lines: [String]

    /// - Parameter misfits: of every minion, in order of their names.
    init(_ demand: PodDemand, misfits: [Misfit]) {
        var groups: [Reason: [Misfit]] = [:]
        for misfit in misfits { groups[Reason(misfit), default: []].append(misfit) }
        let told = groups.map { (count: $0.value.count, line: Self.line($0.value, demand)) }
            .sorted { ($1.count, $0.line) < ($0.count, $1.line) }
        minions = misfits.count
        var lines = told.prefix(Self.lineLimit).map(\.line)
        let untold = told.dropFirst(Self.lineLimit).reduce(0) { $0 + $1.count }
        if untold > 0 { lines.append("\(untold) for other reasons") }
        self.lines = lines
    }

    /// `0 of 3 minions fit: 2 have too little free memory (…); 1 has host port 8080 taken by default/web`.
    var message: String {
        if minions == 0 { return "there are no minions" }
        return "0 of \(minions) \(minions == 1 ? "minion fits" : "minions fit"): \(lines.joined(separator: "; "))"
    }

    /// What misfits have in common that are told in one line.
    private enum Reason: Hashable {
        case notReady(String), lacksLabels([String]), hostPort(Int), disk(String), memory, cpu

        init(_ misfit: Misfit) {
            switch misfit {
            case .notReady(let words): self = .notReady(words)
            case .lacksLabels(let pairs): self = .lacksLabels(pairs)
            case .hostPort(let port, _): self = .hostPort(port)
            case .disk(let name, _): self = .disk(name)
            case .memory: self = .memory
            case .cpu: self = .cpu
            }
        }
    }

    /// One line about `group`, which is not empty and has one reason.
    private static func line(_ group: [Misfit], _ demand: PodDemand) -> String {
        let count = group.count
        let (has, lacks, does) = count == 1 ? ("has", "lacks", "is") : ("have", "lack", "are")
        switch group[0] {
        case .notReady(let words):
            return "\(count) \(does) not ready (\(words))"
        case .lacksLabels(let pairs):
            return "\(count) \(lacks) the \(pairs.count == 1 ? "label" : "labels") \(pairs.joined(separator: ", "))"
        case .hostPort(let port, _):
            return "\(count) \(has) host port \(port) taken by \(names(group))"
        case .disk(let name, _):
            return "\(count) \(has) disk \(name) in use by \(names(group))"
        case .memory:
            return "\(count) \(has) too little free memory (\(ByteText.words(demand.resources.memory)) wanted, "
                + "at most \(ByteText.words(most(group))) free)"
        case .cpu:
            return "\(count) \(has) too little free cpu (\(demand.resources.cpu) milli-cores wanted, "
                + "at most \(most(group)) free)"
        }
    }

    private static func most(_ group: [Misfit]) -> Int64 {
        group.map { misfit in
            switch misfit {
            case .memory(let free), .cpu(let free): free
            default: 0
            }
        }.max() ?? 0
    }

    /// The first in order, and how many others.
    private static func names(_ group: [Misfit]) -> String {
        let holders = Set(
            group.compactMap { misfit -> ObjectName? in
                switch misfit {
                case .hostPort(_, let holder), .disk(_, let holder): holder
                default: nil
                }
            })
        guard let first = holders.min() else { return "another pod" }
        return holders.count == 1 ? "\(first)" : "\(first) and \(holders.count - 1) more"
    }
}

/// Amounts of memory for people.
enum ByteText {
    /// `512 MiB`, `1.5 GiB`, `17 bytes`: the largest unit that is not more than the amount, one decimal, rounded down.
    static func words(_ bytes: Int64) -> String {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes >= 1 << shift {
            let whole = bytes >> shift
            let tenths = ((bytes & ((1 << shift) - 1)) * 10) >> shift
            return tenths == 0 ? "\(whole) \(unit)" : "\(whole).\(tenths) \(unit)"
        }
        return "\(bytes) bytes"
    }
}
