import ClusterModel
import Testing

@testable import Master
@testable import Wire

@Suite("What minions are to be given")
struct PushCatalogTests {
    private let catalog = PushCatalog(settings: PushSettings())

    private func names(_ minion: String, after sequence: UInt64 = 0) -> [String] {
        catalog.changes(for: minion, after: sequence, limit: 99).map {
            "\($0.object == nil ? "-" : "+")\($0.key.kind.rawValue) \($0.key.name)"
        }
    }

    @Test("services and endpoints go to all, a pod to its own minion only")
    func whoGetsWhat() {
        let touched = catalog.apply(
            [
                .put(makeService("web", version: 1)), .put(makeEndpoints("web", version: 2)),
                .put(makePod("p", on: "m1", version: 3)), .put(makePod("unbound", on: "", version: 4)),
            ], revision: 4)
        #expect(touched == PushCatalog.Touched(everybody: true, minions: ["m1"]))
        #expect(names("m1") == ["+Service web", "+Endpoints web", "+Pod p"])
        #expect(names("m2") == ["+Service web", "+Endpoints web"])
        #expect(catalog.position(of: "m1") == PushCatalog.Position(floor: 0, revision: 4))
    }

    @Test("a pod that is bound elsewhere is taken from where it was")
    func moves() {
        _ = catalog.apply([.put(makeMinion("m1", version: 1)), .put(makePod("p", on: "m1", version: 1))], revision: 1)
        let touched = catalog.apply([.put(makePod("p", on: "m2", version: 2))], revision: 2)
        #expect(touched.minions == ["m1", "m2"])
        #expect(names("m1") == ["-Pod p"])
        #expect(names("m2") == ["+Pod p"])
    }

    @Test("what is removed is removed from whom it was given to, as of the removal")
    func removals() {
        let pod = makePod("p", on: "m1", version: 1)
        _ = catalog.apply(
            [.put(makeMinion("m1", version: 1)), .put(pod), .put(makeService("web", version: 2))], revision: 2)
        _ = catalog.apply(
            [.removed(last: pod, revision: 7), .removed(last: makeService("web", version: 2), revision: 8)],
            revision: 8)
        #expect(catalog.changes(for: "m1", after: 0, limit: 9).map(\.version) == [7, 8])
        #expect(names("m1") == ["-Pod p", "-Service web"])
        #expect(names("m2") == ["-Service web"])
    }

    @Test("a service without a portal IP is not given, and comes when it has one")
    func needsPortalIP() {
        _ = catalog.apply([.put(makeService("web", version: 1, portalIP: ""))], revision: 1)
        #expect(names("m1").isEmpty)
        _ = catalog.apply([.put(makeService("web", version: 2))], revision: 2)
        #expect(names("m1") == ["+Service web"])
        _ = catalog.apply([.put(makeService("web", version: 3, portalIP: ""))], revision: 3)
        #expect(names("m1") == ["-Service web"])
    }

    @Test("a minion goes to all that take it, itself included, once its address and its subnet are known")
    func peers() throws {
        let nobody = catalog.apply(
            [
                .put(makeMinion("m1", version: 1, podCIDR: "10.244.1.0/24")),
                .put(makeMinion("10.0.0.2", version: 2)), .synced,
            ], revision: 2)
        #expect(nobody == PushCatalog.Touched())
        let known = [
            makeMinion("m1", version: 3, hostIP: "10.0.0.1", podCIDR: "10.244.1.0/24"),
            makeMinion("10.0.0.2", version: 4, podCIDR: "10.244.2.0/24"),
        ]
        #expect(catalog.apply(known.map { .put($0) }, revision: 4) == PushCatalog.Touched(everybody: true))
        #expect(names("m1") == ["+Minion m1", "+Minion 10.0.0.2"])
        #expect(catalog.fullSet(for: "m1").shared.minions.map(\.version) == [3, 4])
        #expect(catalog.changes(for: "m1", after: 0, limit: 9, peers: false).isEmpty)
        let parts = catalog.fullSet(for: "m1", peers: false).parts(versioned: true, without: [:])
        let sets = try parts.map {
            try Request.parse(line: Array($0.line(id: .int(1)).dropLast()), number: 1).operation
        }
        #expect(sets.count == 3)
        #expect(!sets.contains { if case .set(.minion, _, _, _) = $0 { true } else { false } })
    }

    @Test(
        "of a minion only its address and its subnet are news; one that loses them is taken back, as is one that goes")
    func peerChanges() {
        func minion(_ version: UInt64, hostIP: String, labels: [String: String] = [:]) -> APIObject {
            makeMinion("m1", version: version, hostIP: hostIP, podCIDR: "10.244.1.0/24", labels: labels)
        }
        _ = catalog.apply([.put(minion(1, hostIP: "10.0.0.1"))], revision: 1)
        let labelled = minion(2, hostIP: "10.0.0.1", labels: ["disk": "fast"])
        #expect(catalog.apply([.put(labelled)], revision: 2) == PushCatalog.Touched())
        #expect(catalog.changes(for: "m2", after: 0, limit: 9).map(\.version) == [1])
        _ = catalog.apply([.put(minion(3, hostIP: "10.0.0.9"))], revision: 3)
        #expect(catalog.changes(for: "m2", after: 0, limit: 9).map(\.version) == [3])
        _ = catalog.apply([.put(minion(4, hostIP: ""))], revision: 4)
        #expect(names("m2") == ["-Minion m1"])
        _ = catalog.apply([.put(minion(5, hostIP: "10.0.0.1"))], revision: 5)
        _ = catalog.apply([.removed(last: minion(5, hostIP: "10.0.0.1"), revision: 6)], revision: 6)
        #expect(names("m2") == ["-Minion m1"])
    }

    @Test("of a minion that is gone nothing is kept once no pod is bound to it")
    func goneMinions() {
        let (pod, minion) = (makePod("p", on: "m1", version: 2), makeMinion("m1", version: 1))
        _ = catalog.apply([.put(minion), .put(pod)], revision: 2)
        _ = catalog.apply([.removed(last: minion, revision: 3)], revision: 3)
        // It may be registered again.
        #expect(names("m1") == ["+Pod p"])
        _ = catalog.apply([.removed(last: pod, revision: 4)], revision: 4)
        #expect(names("m1").isEmpty)
        _ = catalog.apply([.put(minion), .put(pod), .removed(last: pod, revision: 7)], revision: 7)
        #expect(names("m1") == ["-Pod p"])
        _ = catalog.apply([.removed(last: minion, revision: 8)], revision: 8)
        #expect(names("m1").isEmpty)
    }

    @Test(
        "a set of what all have serves until too much has changed, or somebody has something newer or missed a removal")
    func sharedSets() {
        var settings = PushSettings()
        (settings.sharedSetAge, settings.podRemovalLimit) = (3, 0)
        let catalog = PushCatalog(settings: settings)
        func put(_ name: String, _ version: UInt64) {
            _ = catalog.apply([.put(makeService(name, version: version))], revision: version)
        }
        put("a", 1)
        #expect(catalog.fullSet(for: "m1").sequence == 1)
        put("b", 2)
        put("c", 3)
        let old = catalog.fullSet(for: "m1")
        #expect(old.sequence == 1 && old.shared.revision == 1 && old.podRevision == 3)
        #expect(old.shared.services.map(\.key.name) == ["a"])
        #expect(catalog.changes(for: "m1", after: old.sequence, limit: 9).map(\.key.name) == ["b", "c"])
        #expect(catalog.fullSet(for: "m1", atLeast: 2).shared.services.count == 3)
        put("d", 4)
        put("e", 5)
        #expect(catalog.fullSet(for: "m1").shared.services.count == 3)
        put("f", 6)
        #expect(catalog.fullSet(for: "m1").shared.services.count == 6)
        put("g", 7)
        let pod = makePod("p", on: "m1", version: 8)
        _ = catalog.apply(
            [.put(makeMinion("m1", version: 8)), .put(pod), .removed(last: pod, revision: 9)], revision: 9)
        #expect(catalog.position(of: "m1").floor > 7)
        #expect(catalog.fullSet(for: "m2").shared.services.count == 6)
        #expect(catalog.fullSet(for: "m1").shared.services.count == 7)
    }
}

@Suite("The full set on the wire")
struct FullSetTests {
    private let decoder = ObjectDecoder(allowPrivileged: false, requirePortalIP: true)

    private func requests(_ parts: FullSetParts) throws -> [Request] {
        var requests: [Request] = []
        for part in parts {
            requests.append(try Request.parse(line: Array(part.line(id: .int(1)).dropLast()), number: 1))
        }
        return requests
    }

    private func set(partBytes: Int) throws -> FullSet {
        var settings = PushSettings()
        settings.partBytes = partBytes
        let catalog = PushCatalog(settings: settings)
        let services = (1...20).map { ClusterChange.put(makeService("s\($0)", version: UInt64($0))) }
        let minion = makeMinion("10.0.0.2", version: 29, podCIDR: "10.244.2.0/24", labels: ["a": "b"])
        _ = catalog.apply(services + [.put(makePod("p", on: "m1", version: 30)), .put(minion)], revision: 31)
        return catalog.fullSet(for: "m1")
    }

    @Test("is read by an agent as what it was, in parts that all but the last say so")
    func roundTrip() throws {
        var names: [String] = []
        var ends: [Bool] = []
        for request in try requests(try set(partBytes: 500).parts(versioned: true, without: [:])) {
            guard case .set(let kind, let items, let version, let more) = request.operation else {
                Issue.record("no set: \(request)")
                continue
            }
            #expect(version == 31)
            #expect(request.warnings.isEmpty)
            let decoded = try decoder.decode(items: items, kind: kind)
            #expect(decoded.warnings.isEmpty)
            names += decoded.objects.map { "\($0.key.name)@\($0.meta.resourceVersion)" }
            ends.append(more)
        }
        #expect(names == (1...20).map { "s\($0)@\($0)" } + ["10.0.0.2@29", "p@30"])
        #expect(ends.filter { !$0 }.count == 4)
        #expect(ends.filter { $0 }.count > 3)
    }

    @Test("leaves out what was refused in that version, and tells no versions where it shall not")
    func leavesOut() throws {
        let refused: [ObjectKey: UInt64] = [serviceKey("s1"): 1, serviceKey("s2"): 1]
        let requests = try requests(try set(partBytes: 1 << 20).parts(versioned: false, without: refused))
        guard case .set(_, let items, let version, more: false)? = requests.first?.operation else {
            Issue.record("no set: \(requests)")
            return
        }
        #expect(version == nil)
        let objects = try decoder.decode(items: items, kind: .service).objects
        #expect(objects.map(\.key.name) == (2...20).map { "s\($0)" })
        #expect(objects.allSatisfy { $0.meta.resourceVersion == 0 })
    }

    @Test("a minion is read as the peer it is, and nothing more of it")
    func peer() throws {
        let minion = makeMinion("10.0.0.2", version: 7, podCIDR: "10.244.2.0/24", labels: ["a": "b"])
        let object = try #require(EncodedObject(minion))
        let request = try Request.parse(line: Array(object.apply.line(id: .int(4)).dropLast()), number: 1)
        guard case .apply(let value, 7) = request.operation else {
            Issue.record("no apply: \(request)")
            return
        }
        let peer = Minion(
            meta: ObjectMeta(name: "10.0.0.2", namespace: ""), hostIP: "10.0.0.2",
            podCIDR: IPv4Network("10.244.2.0/24"))
        #expect(try decoder.decode(value).objects == [.minion(peer)])
    }

    @Test("takes nothing away of a kind of which documents cannot be read, and is given again once they can")
    func incomplete() throws {
        let catalog = PushCatalog(settings: PushSettings())
        _ = catalog.apply(
            [
                .put(makeService("web", version: 1)), .put(makePod("p", on: "m1", version: 2)), .damaged(.service, 1),
            ], revision: 2)
        let parts = catalog.fullSet(for: "m1").parts(versioned: true, without: [:])
        let words = try requests(parts).map { request in
            switch request.operation {
            case .apply(_, let version): "apply @\(version ?? 0)"
            case .set(let kind, let items, _, _): "set of \(items.count) \(kind.rawValue)"
            default: "\(request.operation)"
            }
        }
        #expect(words == ["apply @1", "set of 0 Endpoints", "set of 0 Minion", "set of 1 Pod"])
        #expect(catalog.position(of: "m1").floor == 0)
        _ = catalog.apply([.damaged(.service, 0)], revision: 3)
        #expect(catalog.position(of: "m1").floor == catalog.fullSet(for: "m1").sequence)
        #expect(catalog.fullSet(for: "m1").incomplete.isEmpty)
    }

    @Test("an apply and a removal are read as what they are")
    func single() throws {
        let object = try #require(EncodedObject(makeService("web", version: 7)))
        let request = try Request.parse(line: Array(object.apply.line(id: .int(4)).dropLast()), number: 1)
        guard case .apply(let value, 7) = request.operation else {
            Issue.record("no apply: \(request)")
            return
        }
        #expect(request.id == .int(4))
        #expect(try decoder.decode(value).objects.map(\.key) == [serviceKey("web")])
        let removal = EncodedRequest.remove(podKey("p"), resourceVersion: 9).line(id: .int(5)).dropLast()
        let parsed = try Request.parse(line: Array(removal), number: 1)
        #expect(parsed.operation == .remove(podKey("p"), resourceVersion: 9))
    }
}
