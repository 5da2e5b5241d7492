import ClusterModel
import Glibc
import Logging
import Machine
import Proxy
import Services

/// How long a change of services takes to be in the kernel, beside what `iptables-restore` itself takes for the same text in
/// the same run. Run it in a network namespace of its own, as root: `MINION_TEST_NETNS=1 rules-bench [services…]`.
@main struct RulesBench {
    /// Changes of each kind; the median is shown, and the slowest.
    static let rounds = 15

    static func main() async throws {
        guard let value = getenv("MINION_TEST_NETNS"), String(cString: value) == "1" else {
            print(
                "rules-bench changes packet filters: start it in a network namespace of its own with MINION_TEST_NETNS=1"
            )
            exit(2)
        }
        try raiseDescriptorLimit()
        let sizes = CommandLine.arguments.dropFirst().compactMap(Int.init)
        for flavour in [IptablesFlavour.nft, .legacy] {
            print(
                "\n\(flavour.rawValue): milliseconds, median of \(rounds) (slowest); floor: \(flavour.restore) of the same text"
            )
            print(row("services", "change", "ours", "floor", "ours/floor"))
            for size in sizes.isEmpty ? [1, 1000, 10000] : sizes { try await measure(flavour, services: size) }
        }
    }

    private static func measure(_ flavour: IptablesFlavour, services count: Int) async throws {
        let node = try await BenchNode(flavour)
        let services = (0..<count).map { BenchNode.service($0) }

        let cold = await node.time { await node.begin(services) }
        let text = try await node.restoreText()
        try await node.clear()
        let coldFloor = try await node.time { try await node.restoreByHand(text) }
        show(count, "all, cold", Samples([cold]), floor: Samples([coldFloor]))

        var added = Samples(), addedFloor = Samples(), removed = Samples(), removedFloor = Samples()
        var moved = Samples(), backends = Samples(), compared = Samples()
        let extra = BenchNode.service(count)
        let rule = BenchNode.ruleText(count)
        for round in 1...rounds {
            let generation = UInt64(round)
            added.add(await node.time { await node.update(extra, generation: generation) })
            backends.add(await node.time { await node.update(extra, backends: round, generation: generation) })
            moved.add(await node.time { await node.update(BenchNode.service(count + 1, name: extra.meta.name)) })
            removed.add(await node.time { await node.remove(extra) })
            compared.add(await node.time { await node.reconciler.verify() })
            addedFloor.add(try await node.time { try await node.restoreByHand("*nat\n-A \(rule)\nCOMMIT\n") })
            removedFloor.add(try await node.time { try await node.restoreByHand("*nat\n-D \(rule)\nCOMMIT\n") })
        }
        show(count, "one more", added, floor: addedFloor)
        show(count, "one less", removed, floor: removedFloor)
        show(count, "portal moved", moved, floor: removedFloor)
        show(count, "backends only", backends)
        show(count, "compared, equal", compared)
        try await measureRemoval(node, of: Array(services.dropFirst(count / 2)), from: count)
        try await node.finish()
        try await measurePartial(flavour, services)
    }

    /// Many services that go at once; the floor is what stays, from nothing.
    private static func measureRemoval(_ node: BenchNode, of services: [Service], from count: Int) async throws {
        let removed = await node.time { await node.remove(services) }
        let text = try await node.restoreText()
        try await node.clear()
        let floor = try await node.time { try await node.restoreByHand(text) }
        show(count, "half less", Samples([removed]), floor: Samples([floor]))
    }

    /// One more while the picture is not complete: what a master that never sends a `set` has of every `apply`.
    private static func measurePartial(_ flavour: IptablesFlavour, _ services: [Service]) async throws {
        let node = try await BenchNode(flavour)
        await node.begin(services, complete: false)
        var added = Samples(), floor = Samples()
        let extra = BenchNode.service(services.count)
        let rule = BenchNode.ruleText(services.count)
        for _ in 1...rounds {
            added.add(await node.time { await node.update(extra) })
            await node.remove(extra)
            floor.add(try await node.time { try await node.restoreByHand("*nat\n-A \(rule)\nCOMMIT\n") })
            try await node.restoreByHand("*nat\n-D \(rule)\nCOMMIT\n")
        }
        show(services.count, "one more, partial", added, floor: floor)
        try await node.finish()
    }

    private static func show(_ count: Int, _ change: String, _ ours: Samples, floor: Samples? = nil) {
        print(
            row(
                String(count), change, ours.description, floor?.description ?? "-",
                floor.map { BenchNode.decimal(ours.median / $0.median, places: 2) } ?? "-"))
    }

    private static func row(_ columns: String...) -> String {
        zip(columns, [9, 17, 18, 18, 10]).map { column, width in
            column + String(repeating: " ", count: max(0, width - column.count))
        }.joined(separator: " ")
    }

    /// A listener per service; the soft limit is 1,024 on most hosts.
    private static func raiseDescriptorLimit() throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        getrlimit(resource, &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}

/// Times of one kind of change.
struct Samples: CustomStringConvertible {
    private var milliseconds: [Double] = []

    init(_ durations: [Duration] = []) {
        for duration in durations { add(duration) }
    }

    mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        milliseconds.append(Double(seconds) * 1e3 + Double(attoseconds) / 1e15)
    }

    var median: Double { milliseconds.sorted()[milliseconds.count / 2] }

    var description: String {
        let slowest = milliseconds.max() ?? 0
        let median = BenchNode.decimal(median, places: 1)
        return milliseconds.count == 1 ? median : "\(median) (\(BenchNode.decimal(slowest, places: 1)))"
    }
}
