import ClusterModel
import NodeKit
import Services
import Testing

/// Numbers that are the same on every run (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

@Suite struct RulesetModelTests {
    /// The planner, the rules and the kernel as changes make them, one by one.
    private struct Incremental {
        var planner = ServicePlanner()
        var rules = Ruleset()
        var kernel = FakeNatTable()
        /// In the order in which they last asked for another portal: what a planner from scratch is told.
        var services: [Service] = []

        init() throws {
            try kernel.restore("*nat\n:KUBE-PROXY - [0:0]\nCOMMIT\n")
        }

        /// Makes a change the way the reconciler does: only the service and whom the planner names are looked at.
        mutating func change(_ key: ObjectKey, to service: Service?) throws {
            var touched = [key]
            let before = planner.verdict(for: key)
            if let service {
                let isSame = services.contains {
                    $0.key == key && $0.portalIP == service.portalIP && $0.port == service.port
                }
                touched += planner.set(service)
                if !isSame {
                    services.removeAll { $0.key == key }
                    services.append(service)
                } else {
                    #expect(planner.verdict(for: key) == before)
                }
            } else {
                touched += planner.remove(key)
                services.removeAll { $0.key == key }
            }
            var wanted = rules
            for key in touched { wanted[key] = RulesetModelTests.rule(for: key, by: planner) }
            let delta = rules.delta(to: wanted, of: touched)
            rules.apply(delta)
            #expect(rules == wanted)
            let transaction = RuleTransaction(delta, to: wanted)
            try kernel.restore(String(decoding: IptablesText.input(for: transaction), as: UTF8.self))
        }
    }

    /// Stands for the listener: a port that depends on nothing but the service.
    private static func rule(for key: ObjectKey, by planner: ServicePlanner) -> PortalRule? {
        guard case .success(let portal)? = planner.verdict(for: key) else { return nil }
        let port = UInt16(20000 + (Int(key.name.dropFirst()) ?? 0))
        return PortalRule(key: key, portal: portal, proxyPort: port)
    }

    @Test("after any sequence of changes the kernel holds what building from scratch would give", arguments: 1...25)
    func incrementalEqualsScratch(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        var incremental = try Incremental()
        for _ in 0..<200 {
            // Few services, addresses and ports, so that portals collide often.
            let key = makeKey("s\(Int.random(in: 0..<12, using: &random))")
            let isRemoval = Int.random(in: 0..<4, using: &random) == 0
            let address = "10.11.0.\(Int.random(in: 0..<4, using: &random))"
            let port = Int.random(in: 0..<3, using: &random)
            try incremental.change(key, to: isRemoval ? nil : makeService(key.name, address, port: port))

            var planner = ServicePlanner()
            for service in incremental.services { _ = planner.set(service) }
            var scratch = Ruleset()
            for service in incremental.services { scratch[service.key] = Self.rule(for: service.key, by: planner) }
            #expect(incremental.rules == scratch)

            let kernel = try IptablesText.chainState(in: Array(incremental.kernel.saved.utf8))
            let difference = ChainDifference(kernel: kernel, wanted: scratch, strangers: .removed)
            #expect(difference.missing.isEmpty && difference.unwanted.isEmpty)
            #expect(Set(scratch.ordered.map(\.portal)).count == scratch.rules.count)
        }
    }

    @Test("a change looks at the services it names and at no others")
    func deltaIsLocal() {
        let rules = (1...3).map { PacketFilterCase.rule("s\($0)", 0x0A0B_0000 + UInt32($0), 80, to: UInt16($0)) }
        var before = Ruleset()
        var after = Ruleset()
        before[rules[0].key] = rules[0]
        after[rules[1].key] = rules[1]
        after[rules[2].key] = rules[2]
        #expect(before.delta(to: after, of: [rules[1].key]) == RulesetDelta(added: [rules[1]]))
        #expect(before.delta(to: after, of: [rules[0].key]) == RulesetDelta(removed: [rules[0]]))
        #expect(before.delta(to: after, of: [ObjectKey]()).isEmpty)
    }
}
