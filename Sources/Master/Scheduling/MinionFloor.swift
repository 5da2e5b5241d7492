import ClusterModel

/// The minions with what is bound to them, as the scheduler's rules look at them.
struct MinionFloor: Sendable {
    private struct Place {
        var minion: String?
        /// Whether its containers may all end for good.
        var mayEnd: Bool
    }

    /// The pods of each service, and of each controller, per minion.
    var services = SpreadIndex()
    var controllers = SpreadIndex()

    private let seed: UInt64
    private var loads: [String: MinionLoad] = [:]
    /// The cluster's minions in order of their names, each with its part of a tie. Pods may be bound to others.
    private var minions: [(name: String, tie: UInt64)] = []
    private var places: [ObjectName: Place] = [:]

    /// - Parameter seed: decides between minions that are equally good.
    init(seed: UInt64) {
        self.seed = seed
    }

    /// Takes a minion's capacity and labels. Capacities are thousandths of a core and bytes: the system of 2014 took the
    /// number its own flag called milli-cores a thousand times (reference §6.5 "unit bug"), so that cpu never ran out.
    mutating func set(_ minion: Minion) {
        let name = minion.meta.name
        if !isKnown(name) {
            minions.append((name, StableHash.of(name, seed: seed)))
            minions.sort { $0.name < $1.name }
        }
        loads[name, default: MinionLoad()].labels = minion.labels
        loads[name]?.capacity = Resources(
            cpu: max(0, minion.capacity["cpu"]?.value ?? 0), memory: max(0, minion.capacity["memory"]?.value ?? 0))
    }

    /// Pods that are bound to it stay known.
    mutating func remove(minion name: String) {
        minions.removeAll { $0.name == name }
        forget(name)
    }

    /// Takes where a pod is, `nil` for nowhere yet.
    /// - Returns: whether that made room where it was before.
    @discardableResult
    mutating func place(_ pod: Pod, on minion: String?, _ demand: PodDemand) -> Bool {
        let name = ObjectName(pod.meta)
        let old = places[name]?.minion
        places[name] = Place(minion: minion, mayEnd: pod.manifest.restartPolicy != .always)
        services.set(labels: pod.labels, minion: minion, of: name)
        controllers.set(labels: pod.labels, minion: minion, of: name)
        if let minion { loads[minion, default: MinionLoad()].set(demand, of: name) }
        guard let old, old != minion else { return false }
        leave(name, old)
        return true
    }

    /// The pod is gone.
    /// - Returns: whether that made room.
    mutating func remove(pod name: ObjectName) -> Bool {
        services.set(labels: nil, minion: nil, of: name)
        controllers.set(labels: nil, minion: nil, of: name)
        guard let minion = places.removeValue(forKey: name)?.minion else { return false }
        leave(name, minion)
        return true
    }

    /// Every container of the pod has ended.
    /// - Returns: whether that made room: not when they will be started again.
    mutating func end(_ name: ObjectName) -> Bool {
        guard let place = places[name], place.mayEnd, let minion = place.minion,
            loads[minion]?.pods[name] != nil
        else { return false }
        leave(name, minion)
        return true
    }

    private mutating func leave(_ pod: ObjectName, _ minion: String) {
        loads[minion]?.set(nil, of: pod)
        forget(minion)
    }

    private mutating func forget(_ minion: String) {
        if loads[minion]?.pods.isEmpty == true, !isKnown(minion) { loads[minion] = nil }
    }

    private func isKnown(_ minion: String) -> Bool { minions.contains { $0.name == minion } }

    /// The minion for a pod, or why there is none.
    func choose(_ pod: ObjectName, _ demand: PodDemand, roster: MinionRoster) -> Result<String, FitReport> {
        let companions = services.companions(of: pod).merging(controllers.companions(of: pod), uniquingKeysWith: +)
        // Of a minion's name once and of a pod's once per choice, not of every pair of them.
        let podTie = StableHash.of("\(pod)", seed: ~seed)
        var best: (rank: (Int, Int, UInt64), minion: String)?
        var misfits: [Misfit] = []
        for (minion, minionTie) in minions {
            guard let load = loads[minion] else { continue }
            if let misfit = Misfit(roster.standing(of: minion)) ?? load.misfit(demand) {
                misfits.append(misfit)
                continue
            }
            let rank = (companions[minion] ?? 0, load.requestedShare, Self.mixed(podTie ^ minionTie))
            if best.map({ rank < $0.rank }) ?? true { best = (rank, minion) }
        }
        return best.map { .success($0.minion) } ?? .failure(FitReport(demand, misfits: misfits))
    }

    /// A number that differs for each pod and minion and looks like chance: the mixer of SplitMix64, because the hash's high
    /// bits hardly change with the last letters.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = (number ^ number >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

extension Misfit {
    /// Why a minion of that standing takes no pods; `nil` when it does.
    fileprivate init?(_ standing: MinionRoster.Standing) {
        switch standing {
        case .ready: return nil
        case .unknown: self = .notReady("not heard from yet")
        case .unschedulable(let words), .unready(let words): self = .notReady(words)
        case .lost: self = .notReady("lost")
        }
    }
}

extension FitReport: Error {}
