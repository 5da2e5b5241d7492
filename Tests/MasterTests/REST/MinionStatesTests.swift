import APIClient
import ClusterModel
import Machine
import NodeKit
import Testing

@testable import Master
@testable import minionctl

@Suite("How every minion is")
struct MinionStatesTests {
    /// A master with a minion in each standing, and one that was never heard of.
    private func run(_ body: @Sendable (MasterUnderTest) async throws -> Void) async throws {
        try await MasterUnderTest.run(["podNet": "10.244.0.0/16"]) { master in
            for name in ["absent", "busy", "ill", "lost", "well"] {
                let minion = #"{"id":"\#(name)","hostIP":"10.0.0.9","labels":{"name":"\#(name)"}}"#
                #expect(try await master.ask("POST", "/api/v1beta1/minions?sync=true", minion).status == 200)
            }
            try await eventually("the mirror has them") { await master.parts.mirror.count(.minion) == 5 }
            let standings: [(String, MinionCondition.Standing)] = [
                ("busy", .unschedulable(reason: "EngineDown", message: "no docker")),
                ("ill", .notReady(reason: "DiskStuck", message: "the disk hangs")), ("lost", .unreachable),
                ("well", .ready),
            ]
            for (name, standing) in standings {
                await master.parts.mirror.report(MinionCondition(standing, lastSeen: .zero), of: name)
            }
            try await body(master)
        }
    }

    private func seen(_ master: MasterUnderTest, _ getter: ClusterGetter) async throws -> [JSONValue] {
        try await APIClient.with(try APIServer(master.url)) { try await getter.show($0).items }
    }

    @Test("is shown in minionctl's table with the pod subnet, also of those that lists leave out")
    func table() async throws {
        try await run { master in
            let items = try await seen(master, ClusterGetter(kind: .minions, format: .wide))
            let rows = items.map { ClusterKind.minions.row($0, isWide: true) }
            #expect(rows.map(\.first) == ["absent", "busy", "ill", "lost", "well"])
            #expect(
                rows.map { $0[1] } == [
                    "NotReady: Unreachable", "Unschedulable: EngineDown", "NotReady: DiskStuck",
                    "NotReady: Unreachable",
                    "Ready",
                ])
            #expect(rows.allSatisfy { $0[2] == "10.0.0.9" && $0[3].hasPrefix("10.244.") && $0[3].hasSuffix("/24") })
            #expect(rows[2][7] == "the disk hangs")
        }
    }

    @Test("is asked of one minion, and of those with a label; one that is not there is an error")
    func narrowed() async throws {
        try await run { master in
            let named = try await seen(master, ClusterGetter(kind: .minions, name: "ill"))
            #expect(named.map { $0["id"].cell } == ["ill"])
            let labelled = try await seen(master, ClusterGetter(kind: .minions, selector: "name=busy"))
            #expect(labelled.map { $0["id"].cell } == ["busy"])
            let error = await #expect(throws: APIError.self) {
                try await seen(master, ClusterGetter(kind: .minions, name: "nobody"))
            }
            #expect(error?.httpStatus == 404)
        }
    }

    @Test("is no part of what other clients are shown, nor of minionctl's JSON")
    func recorded() async throws {
        try await run { master in
            let items = try await seen(master, ClusterGetter(kind: .minions, format: .json))
            #expect(items.map { $0["id"].cell } == ["absent", "busy", "ill", "well"])
            #expect(items.allSatisfy { $0["currentState"] == .null && $0["podCIDR"] == .null })
        }
    }
}
