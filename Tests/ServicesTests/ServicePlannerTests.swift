import ClusterModel
import Services
import Testing

@Suite struct ServicePlannerTests {
    struct Refused: Sendable, CustomStringConvertible {
        var description: String
        var service: Service
        var reason: PortalRefusal.Reason
        var message: String
    }

    static let refused = [
        Refused(
            description: "UDP", service: makeService("dns", transport: .udp), reason: .unsupportedProtocol,
            message: "UDP services are not proxied yet"),
        Refused(
            description: "no portal IP", service: makeService("web", ""), reason: .portalIPMissing,
            message: "the service has no portalIP: the master allocates it"),
        Refused(
            description: "a name for a portal IP", service: makeService("web", "localhost"), reason: .portalIPInvalid,
            message: "portalIP must be an IPv4 address, was 'localhost'"),
        Refused(
            description: "a portal IP of nobody", service: makeService("web", "0.0.0.0"), reason: .portalIPInvalid,
            message: "portalIP must be an IPv4 address, was '0.0.0.0'"),
        Refused(
            description: "an octal portal IP", service: makeService("web", "10.11.0.010"), reason: .portalIPInvalid,
            message: "portalIP must be an IPv4 address, was '10.11.0.010'"),
        Refused(
            description: "outside the portal net", service: makeService("web", "10.12.0.1"),
            reason: .portalIPOutsideNet,
            message: "portalIP 10.12.0.1 is outside the portal net 10.11.0.0/16"),
        Refused(
            description: "port 0", service: makeService("web", port: 0), reason: .portInvalid,
            message: "port must be 1…65535, was 0"),
        Refused(
            description: "port 65536", service: makeService("web", port: 65536), reason: .portInvalid,
            message: "port must be 1…65535, was 65536"),
        Refused(
            description: "a second line in the name", service: makeService("web\n-A INPUT -j DROP"),
            reason: .nameInvalid,
            message: "the name must be 1…255 bytes without control characters to stand in a rule"),
        Refused(
            description: "a name longer than a comment", service: makeService(String(repeating: "x", count: 256)),
            reason: .nameInvalid,
            message: "the name must be 1…255 bytes without control characters to stand in a rule"),
    ]

    @Test("a service that cannot have a rule is refused with a reason", arguments: refused)
    func refuses(_ refused: Refused) {
        var planner = ServicePlanner(portalNet: IPv4Network("10.11.0.0/16"))
        #expect(planner.set(refused.service).isEmpty)
        #expect(
            planner.verdict(for: refused.service.key)
                == .failure(PortalRefusal(refused.reason, refused.message)))
    }

    @Test("a service gets the portal it names", arguments: [1, 80, 65535])
    func plans(port: UInt16) throws {
        var planner = ServicePlanner(portalNet: IPv4Network("10.11.0.0/16"))
        #expect(planner.set(makeService("web", "10.11.255.255", port: Int(port))).isEmpty)
        #expect(planner.verdict(for: makeKey("web")) == .success(try makePortal("10.11.255.255", port)))
        #expect(planner.verdict(for: makeKey("other")) == nil)
    }

    @Test("without a portal net a portal IP may be anywhere")
    func needsNoNet() throws {
        var planner = ServicePlanner()
        _ = planner.set(makeService("web", "192.0.2.1"))
        #expect(planner.verdict(for: makeKey("web")) == .success(try makePortal("192.0.2.1")))
    }

    @Test("the first service keeps a portal, and the next gets it when the first leaves")
    func resolvesConflicts() throws {
        let portal = try makePortal("10.11.0.1")
        var planner = ServicePlanner()
        #expect(planner.set(makeService("web", namespace: "a")).isEmpty)
        #expect(planner.set(makeService("zoo")).isEmpty)
        #expect(planner.set(makeService("ape")).isEmpty)
        #expect(planner.verdict(for: makeKey("web", namespace: "a")) == .success(portal))
        let lost = PortalRefusal(
            .portalConflict, "10.11.0.1:80/tcp belongs to service a/web, which had it first")
        #expect(planner.verdict(for: makeKey("zoo")) == .failure(lost))
        #expect(planner.verdict(for: makeKey("ape")) == .failure(lost))

        // Both who waited have another verdict now: one has the portal, the other lost it to somebody else.
        #expect(Set(planner.remove(makeKey("web", namespace: "a"))) == [makeKey("zoo"), makeKey("ape")])
        #expect(planner.verdict(for: makeKey("zoo")) == .success(portal))
        #expect(
            planner.verdict(for: makeKey("ape"))
                == .failure(
                    PortalRefusal(
                        .portalConflict, "10.11.0.1:80/tcp belongs to service default/zoo, which had it first")))
    }

    @Test("one portal IP serves two ports, and one port two portal IPs")
    func portalsDoNotCollide() throws {
        var planner = ServicePlanner()
        for service in [
            makeService("a", port: 80), makeService("b", port: 81), makeService("c", "10.11.0.2", port: 80),
        ] {
            #expect(planner.set(service).isEmpty)
            #expect(try planner.verdict(for: service.key)?.get() != nil)
        }
    }

    @Test("a service that moves away frees its portal, one that moves in waits")
    func moves() throws {
        var planner = ServicePlanner()
        _ = planner.set(makeService("first"))
        _ = planner.set(makeService("second"))
        #expect(planner.set(makeService("first", "10.11.0.2")) == [makeKey("second")])
        #expect(planner.verdict(for: makeKey("second")) == .success(try makePortal("10.11.0.1")))
        #expect(planner.set(makeService("first")).isEmpty)
        #expect(throws: PortalRefusal.self) { try planner.verdict(for: makeKey("first"))?.get() }
    }

    @Test("a service told again keeps its place in the queue")
    func keepsItsPlace() throws {
        var planner = ServicePlanner()
        for name in ["first", "second", "third", "second", "first"] { #expect(planner.set(makeService(name)).isEmpty) }
        _ = planner.remove(makeKey("first"))
        #expect(planner.verdict(for: makeKey("second")) == .success(try makePortal("10.11.0.1")))
    }

    @Test("one who waits leaves without a trace")
    func forgetsWaiting() {
        var planner = ServicePlanner()
        _ = planner.set(makeService("first"))
        _ = planner.set(makeService("second"))
        #expect(planner.remove(makeKey("second")).isEmpty)
        #expect(planner.remove(makeKey("first")).isEmpty)
        #expect(planner.remove(makeKey("never")).isEmpty)
    }
}
