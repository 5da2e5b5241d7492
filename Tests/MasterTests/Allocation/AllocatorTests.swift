import ClusterModel
import FoundationEssentials
import Testing

@testable import Master

@Suite("Allocating")
struct AllocatorTests {
    static let web = ObjectRef(.service, name: "web")
    static let other = ObjectRef(.service, namespace: "n", name: "other")
    static let start = Date(timeIntervalSince1970: 1_000_000)

    static func portals(_ net: String) throws -> Allocator<PortalPlan> {
        Allocator(plan: PortalPlan(try #require(IPv4Network(net))))
    }

    @Test(
        "what a net has to give",
        arguments: [
            ("10.11.0.0/16", "10.11.0.1", "10.11.255.254", 65_534), ("10.11.0.8/29", "10.11.0.9", "10.11.0.14", 6),
            ("192.168.1.0/24", "192.168.1.1", "192.168.1.254", 254),
            ("0.0.0.0/0", "0.0.0.1", "255.255.255.254", 4_294_967_294),
        ])
    func portalRange(net: String, first: String, last: String, count: Int) throws {
        let plan = PortalPlan(try #require(IPv4Network(net)))
        #expect(plan.item(plan.numbers.lowerBound).description == first)
        #expect(plan.item(plan.numbers.upperBound - 1).description == last)
        #expect(plan.numbers.count == count)
    }

    @Test("nets too small have nothing to give", arguments: ["10.11.0.0/30", "10.11.0.0/31", "10.11.0.0/32"])
    func tooSmall(net: String) throws {
        var portals = try Self.portals(net)
        let error = #expect(throws: AllocationError.self) { try portals.allocate(for: Self.web, now: Self.start) }
        #expect(error?.code == .exhausted)
    }

    @Test("pod nets are the /24 subnets from the first on")
    func podNets() throws {
        var nets = Allocator(plan: PodNetPlan(try #require(IPv4Network("10.244.0.0/22"))))
        let minions = (0..<4).map { ObjectRef(.minion, name: "m\($0)") }
        let given = try minions.map { try nets.allocate(for: $0, now: Self.start).description }
        #expect(given == ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24", "10.244.3.0/24"])
        #expect(throws: AllocationError.self) { try nets.allocate(for: Self.web, now: Self.start) }
    }

    @Test("the lowest free address is given, over what was asked for and what was released")
    func lowest() throws {
        var portals = try Self.portals("10.11.0.0/16")
        let asked = try #require(IPv4Address("10.11.0.2"))
        #expect(try portals.allocate(for: Self.web, now: Self.start).description == "10.11.0.1")
        #expect(try portals.allocate(asked, for: Self.web, now: Self.start) == asked)
        #expect(try portals.allocate(for: Self.web, now: Self.start).description == "10.11.0.3")
        portals.release(asked, formerly: Self.web, until: Self.start + 300)
        #expect(try portals.allocate(for: Self.other, now: Self.start + 299).description == "10.11.0.4")
        #expect(try portals.allocate(for: Self.other, now: Self.start + 300) == asked)
        #expect(try portals.allocate(for: Self.other, now: Self.start + 300).description == "10.11.0.5")
    }

    @Test(
        "what cannot be had is refused with the reason",
        arguments: [
            ("10.12.0.1", AllocationError.Code.outside, "it is not in 10.11.0.0/16"),
            ("10.11.0.0", .reserved, "it is reserved: the first and the last address of 10.11.0.0/16"),
            ("10.11.255.255", .reserved, "it is reserved: the first and the last address of 10.11.0.0/16"),
            ("10.11.0.7", .taken, "Service n/other has it"),
            ("10.11.0.8", .resting, "Service n/other had it, it is kept back until 1970-01-12T13:51:40Z"),
        ])
    func refused(asked: String, code: AllocationError.Code, words: String) throws {
        var portals = try Self.portals("10.11.0.0/16")
        portals.hold(try #require(IPv4Address("10.11.0.7")), for: Self.other)
        portals.release(try #require(IPv4Address("10.11.0.8")), formerly: Self.other, until: Self.start + 300)
        let address = try #require(IPv4Address(asked))
        let error = #expect(throws: AllocationError.self) {
            try portals.allocate(address, for: Self.web, now: Self.start)
        }
        #expect(error == AllocationError(code, words))
        #expect(portals.standing(of: address) != .held(by: Self.web))
    }

    @Test("what rests is given back to who had it, and stays when its old quarantine ends")
    func givenBack() throws {
        var portals = try Self.portals("10.11.0.0/29")
        let address = try portals.allocate(for: Self.web, now: Self.start)
        portals.release(address, formerly: Self.web, until: Self.start + 300)
        #expect(try portals.allocate(address, for: Self.web, now: Self.start + 1) == address)
        #expect(try portals.allocate(for: Self.other, now: Self.start + 400).description == "10.11.0.2")
        #expect(portals.standing(of: address) == .held(by: Self.web))
    }

    @Test("exhaustion says how many are in use, how many rest, and until when")
    func exhaustion() throws {
        var portals = try Self.portals("10.11.0.0/29")
        let addresses = try (0..<6).map { _ in try portals.allocate(for: Self.web, now: Self.start) }
        portals.release(addresses[2], formerly: Self.web, until: Self.start + 60)
        let error = #expect(throws: AllocationError.self) { try portals.allocate(for: Self.other, now: Self.start) }
        #expect(
            error?.description
                == "no portal IP is free in 10.11.0.0/29: 5 are in use, 1 were released and are kept back, "
                + "the next is free at 1970-01-12T13:47:40Z")
        #expect(try portals.allocate(for: Self.other, now: Self.start + 60) == addresses[2])
    }

    @Test("many come and go, and nothing is given twice or before its quarantine has ended")
    func churn() throws {
        var portals = try Self.portals("10.11.0.0/24")
        var held: Set<IPv4Address> = []
        var restingUntil: [IPv4Address: Date] = [:]
        var random = SystemRandomNumberGenerator()
        for step in 0..<5_000 {
            let now = Self.start + Double(step)
            if held.count < 150, Bool.random(using: &random) || held.isEmpty {
                let address = try portals.allocate(for: Self.web, now: now)
                #expect(held.insert(address).inserted)
                #expect(restingUntil[address, default: now] <= now)
            } else if let address = held.randomElement(using: &random) {
                held.remove(address)
                portals.release(address, formerly: Self.web, until: now + 50)
                restingUntil[address] = now + 50
            }
        }
        #expect(!held.isEmpty)
    }
}
