import ClusterModel
import Testing

@testable import Master

@Suite("Repairing allocations")
struct AllocationRepairTests {
    typealias Repair = AllocationRepair<PortalPlan>

    static let first = ObjectRef(.service, name: "first")
    static let second = ObjectRef(.service, name: "second")

    private func address(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }

    private func repair(
        _ owners: [(ref: ObjectRef, item: String?, created: UInt64)], _ holders: [String: ObjectRef]
    ) throws -> Repair {
        let plan = PortalPlan(try #require(IPv4Network("10.11.0.0/24")))
        return Repair(
            plan: plan,
            owners: try owners.map { .init(ref: $0.ref, item: try $0.item.map(address), created: $0.created) },
            holders: Dictionary(
                uniqueKeysWithValues: try holders.map { (try address($0.key), $0.value) }))
    }

    @Test("what agrees is left alone")
    func agreement() throws {
        let repair = try repair([(Self.first, "10.11.0.1", 1)], ["10.11.0.1": Self.first])
        #expect(repair.steps.isEmpty)
        #expect(repair.findings.isEmpty)
    }

    @Test("missing records are made before anything is released or given away")
    func order() throws {
        let repair = try repair(
            [(Self.second, nil, 1), (Self.first, "10.11.0.1", 2)],
            ["10.11.0.9": ObjectRef(.service, name: "gone"), "10.11.0.1": Self.second])
        #expect(
            repair.steps == [
                .claim(try address("10.11.0.1"), Self.first),
                .release(try address("10.11.0.9"), formerly: ObjectRef(.service, name: "gone")),
                .allocate(Self.second),
            ])
        #expect(repair.findings.isEmpty)
    }

    @Test("of two with one address the older keeps it, and it is reported")
    func duplicate() throws {
        let repair = try repair(
            [(Self.first, "10.11.0.1", 9), (Self.second, "10.11.0.1", 3)], ["10.11.0.1": Self.first])
        #expect(repair.steps == [.claim(try address("10.11.0.1"), Self.second)])
        #expect(
            repair.findings == ["Service default/first has the portal IP 10.11.0.1, which is Service default/second's"])
    }

    @Test("an address of another net is reported and left")
    func outside() throws {
        let repair = try repair([(Self.first, "10.12.0.1", 1)], [:])
        #expect(repair.steps.isEmpty)
        #expect(repair.findings == ["Service default/first has the portal IP 10.12.0.1, which is not in 10.11.0.0/24"])
    }
}
