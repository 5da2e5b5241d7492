import ClusterModel
import Testing

@testable import Agent

@Suite struct WritePlannerTests {
    private func service(_ name: String, port: Int = 80, version: UInt64 = 0, uid: String = "") -> ClusterObject {
        .service(
            Service(
                meta: ObjectMeta(name: name, uid: uid, resourceVersion: version), port: port,
                selector: ["name": name], portalIP: "10.11.0.1"))
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(kind: .service, name: name) }

    private func planner(_ state: DesiredState, _ source: Source = .master) -> WritePlanner {
        WritePlanner(state: state, source: source, makeUID: { "made" })
    }

    /// A state that holds what `writes` of the master make of an empty one.
    private func state(after writes: [Write]) throws -> DesiredState {
        var planner = planner(DesiredState())
        for write in writes { _ = try planner.plan(write) }
        var state = DesiredState()
        state.apply(planner.patch)
        return state
    }

    @Test func aNewObjectGetsTheNextGenerationAndAUID() throws {
        var planner = planner(DesiredState())
        let outcome = try planner.plan(.put(service("a"), resourceVersion: 7))
        #expect(outcome == WriteOutcome(awaited: [key("a"): 1]))
        let stored = try #require(planner.patch.put.first)
        #expect(stored.uid == "made" && stored.generation == 1 && stored.resourceVersion == 7)
        #expect(planner.patch.versions == [VersionScope(source: .master, kind: .service): 7])
    }

    @Test func anEqualObjectIsNoWork() throws {
        let state = try state(after: [.put(service("a"), resourceVersion: nil)])
        var planner = planner(state)
        #expect(try planner.plan(.put(service("a"), resourceVersion: nil)) == WriteOutcome(awaited: [key("a"): 1]))
        #expect(planner.patch.isEmpty)
    }

    @Test func anEqualObjectWithANewerVersionOnlyStoresTheVersion() throws {
        let state = try state(after: [.put(service("a"), resourceVersion: 3)])
        var planner = planner(state)
        #expect(try planner.plan(.put(service("a"), resourceVersion: 4)).awaited == [key("a"): 1])
        #expect(planner.patch.put.map(\.generation) == [1])
        #expect(planner.patch.put.map(\.resourceVersion) == [4])
    }

    @Test(arguments: [(stored: UInt64(5), given: UInt64(5)), (5, 4)])
    func aVersionNotNewerIsStale(_ row: (stored: UInt64, given: UInt64)) throws {
        let state = try state(after: [.put(service("a"), resourceVersion: row.stored)])
        var planner = planner(state)
        let outcome = try planner.plan(.put(service("a", port: 81), resourceVersion: row.given))
        #expect(outcome == WriteOutcome(awaited: [key("a"): 1], isStale: true))
        #expect(planner.patch.isEmpty)
    }

    @Test func removingWhatIsNotThereChangesNothing() throws {
        var planner = planner(DesiredState())
        #expect(try planner.plan(.remove(key("a"), resourceVersion: nil)).awaited == [key("a"): 0])
        #expect(planner.patch.isEmpty)
    }

    @Test func aWholeSetRemovesWhatItLacksOfItsOwnSourceOnly() throws {
        var state = try state(after: [
            .put(service("a"), resourceVersion: nil), .put(service("b"), resourceVersion: nil),
        ])
        var file = planner(state, .file)
        _ = try file.plan(.put(service("static"), resourceVersion: nil))
        state.apply(file.patch)

        var planner = planner(state)
        _ = try planner.plan(.replaceAll(.service, [service("b"), service("c")], resourceVersion: 9))
        state.apply(planner.patch)
        #expect(Set(state.objects.keys) == [key("b"), key("c"), key("static")])
        #expect(state.complete == [.service])
        #expect(state.newestVersions == [.master: 9])
    }

    @Test(arguments: [(UInt64(8), true), (9, false), (10, false), (0, false)])
    func anOlderWholeSetIsStaleEvenAfterARemoval(_ row: (version: UInt64, isStale: Bool)) throws {
        let state = try state(after: [
            .put(service("a"), resourceVersion: 7), .remove(key("a"), resourceVersion: 9),
        ])
        var planner = planner(state)
        let outcome = try planner.plan(.replaceAll(.service, [service("a")], resourceVersion: row.version))
        #expect(outcome.isStale == row.isStale)
        #expect(planner.patch.put.isEmpty == row.isStale)
    }

    @Test func aWholeSetOfOneKindIsNotStaleForAnotherKind() throws {
        let state = try state(after: [.put(service("a"), resourceVersion: 9)])
        var planner = planner(state)
        #expect(try !planner.plan(.replaceAll(.pod, [], resourceVersion: 8)).isStale)
    }

    @Test func theManifestsFolderNeverCompletesThePicture() throws {
        var planner = planner(DesiredState(), .file)
        _ = try planner.plan(.replaceAll(.pod, [], resourceVersion: nil))
        #expect(planner.patch.complete.isEmpty)
    }

    @Test func anotherSourcesObjectIsAConflict() throws {
        let state = try state(after: [.put(service("a"), resourceVersion: nil)])
        var planner = planner(state, .file)
        #expect(throws: WriteConflict(key: key("a"), owner: .master)) {
            try planner.plan(.put(service("a"), resourceVersion: nil))
        }
        #expect(throws: WriteConflict(key: key("a"), owner: .master)) {
            try planner.plan(.remove(key("a"), resourceVersion: nil))
        }
    }

    @Test func aRefusedWholeSetPlansNothing() throws {
        var state = try state(after: [.put(service("mine"), resourceVersion: nil)])
        var file = planner(state, .file)
        _ = try file.plan(.put(service("static"), resourceVersion: nil))
        state.apply(file.patch)
        var planner = planner(state)
        #expect(throws: WriteConflict(key: key("static"), owner: .file)) {
            try planner.plan(.replaceAll(.service, [service("new"), service("static")], resourceVersion: 9))
        }
        #expect(planner.patch.isEmpty)
    }

    @Test func aNewUIDIsANewIncarnation() throws {
        let state = try state(after: [.put(service("a", uid: "one"), resourceVersion: nil)])
        var planner = planner(state)
        #expect(try planner.plan(.put(service("a", uid: "two"), resourceVersion: nil)).awaited == [key("a"): 2])
    }

    @Test func writesOfOneGroupBuildOnEachOther() throws {
        var planner = planner(DesiredState())
        _ = try planner.plan(.put(service("a"), resourceVersion: nil))
        _ = try planner.plan(.remove(key("a"), resourceVersion: nil))
        _ = try planner.plan(.put(service("b"), resourceVersion: nil))
        _ = try planner.plan(.put(service("b", port: 81), resourceVersion: nil))
        var state = DesiredState()
        state.apply(planner.patch)
        #expect(state.objects.keys.map(\.name) == ["b"])
        #expect(state.objects[key("b")]?.object == service("b", port: 81))
    }

    /// Random sequences: applying the patch of many writes at once ends where applying each write's own patch does.
    @Test func oneBatchEqualsManyPatches() throws {
        var random = SeededRandom(seed: 41)
        for _ in 0..<200 {
            let writes: [Write] = (0..<12).map { _ in
                let name = ["a", "b", "c"][random.below(3)]
                return switch random.below(4) {
                case 0: .remove(key(name), resourceVersion: nil)
                case 1: .replaceAll(.service, [service(name)], resourceVersion: nil)
                default: .put(service(name, port: 80 + random.below(3)), resourceVersion: nil)
                }
            }
            var single = DesiredState()
            for write in writes {
                var planner = planner(single)
                _ = try planner.plan(write)
                single.apply(planner.patch)
            }
            #expect(try state(after: writes).objects == single.objects)
        }
    }
}

/// A small deterministic generator (xorshift64) so that a failing sequence is the same every time.
struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}
