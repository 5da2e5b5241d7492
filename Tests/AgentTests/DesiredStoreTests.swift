import ClusterModel
import FoundationEssentials
import Machine
import NodeKit
import Testing

@testable import Agent

@Suite struct DesiredStoreTests {
    private func service(_ name: String) -> ClusterObject {
        .service(Service(meta: ObjectMeta(name: name), port: 80, selector: ["a": "b"], portalIP: "10.11.0.1"))
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try TestFolder()
        defer { withExtendedLifetime(folder) {} }
        try await body(folder.path("desired.log"))
    }

    private func open(
        _ path: String, hasRunBefore: Bool = false, board: StatusBoard = StatusBoard(),
        bounds: StateLog.Bounds = StateLog.Bounds()
    ) throws -> (store: DesiredStore, losses: [String], complete: Set<ObjectKind>) {
        let (_, changes) = AsyncStream<StatePatch>.makeStream()
        return try DesiredStore.open(
            path: path, hasRunBefore: hasRunBefore, board: board, changes: changes, bounds: bounds, makeUID: { "made" })
    }

    private func whole(_ kind: ObjectKind, _ objects: [ClusterObject]) -> WriteGroup {
        WriteGroup(writes: [.replaceAll(kind, objects, resourceVersion: nil)], fence: .exempt)
    }

    private func put(_ store: DesiredStore, _ name: String, fence: Fence = .exempt) async -> StoreRefusal? {
        let group = WriteGroup(writes: [.put(service(name), resourceVersion: nil)], fence: fence)
        guard case .failure(let refusal)? = await store.commit([group], source: .master).first else { return nil }
        return refusal
    }

    @Test func whatWasCommittedIsThereAgain() async throws {
        try await withFolder { path in
            let first = try open(path)
            #expect(first.complete.isEmpty)
            #expect(await put(first.store, "a") == nil)
            let stored = await first.store.state
            let second = try open(path)
            #expect(second.complete == Set(ObjectKind.allCases))
            #expect(await second.store.state == stored)
        }
    }

    @Test func aDamagedRecordLosesOnlyItselfAndMakesThePictureIncomplete() async throws {
        try await withFolder { path in
            let first = try open(path)
            for name in ["a", "b", "c"] { _ = await put(first.store, name) }
            var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
            let middle = try #require(String(decoding: bytes, as: UTF8.self).firstRange(of: #""id":"b""#))
            let offset = String(decoding: bytes, as: UTF8.self).utf8.distance(
                from: String(decoding: bytes, as: UTF8.self).startIndex, to: middle.lowerBound)
            bytes[offset + 1] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let second = try open(path)
            #expect(second.losses.count == 1)
            #expect(second.complete.isEmpty)
            #expect(Set(await second.store.state.objects.keys.map(\.name)) == ["a", "c"])
            let third = try open(path)
            #expect(third.losses.isEmpty && third.complete.isEmpty)
        }
    }

    @Test func aSetCompletesItsOwnKindAndTheProblemStaysWithTheOthers() async throws {
        try await withFolder { path in
            try Data("garbage\n".utf8).write(to: URL(fileURLWithPath: path))
            let damaged = StatusBoard()
            _ = try open(path, board: damaged)
            #expect(damaged.problems.map(\.name) == ["state"])
            let board = StatusBoard()
            let store = try open(path, board: board).store
            #expect(board.problems.first?.words.hasSuffix("a set of: Endpoints, Minion, Pod, Service") == true)
            _ = await store.commit([whole(.service, [service("a")])], source: .master)
            #expect(board.problems.first?.words.hasSuffix("a set of: Endpoints, Minion, Pod") == true)
            #expect(try open(path).complete == [.service])
            _ = await store.commit([whole(.pod, []), whole(.endpoints, [])], source: .master)
            #expect(board.problems.first?.words.hasSuffix("a set of: Minion") == true)
            _ = await store.commit([whole(.minion, [])], source: .master)
            #expect(board.problems.isEmpty)
            #expect(try open(path).complete == Set(ObjectKind.allCases))
        }
    }

    @Test func aLostLogOfANodeThatHasRunIsNoCompletePicture() async throws {
        try await withFolder { path in
            let lost = try open(path, hasRunBefore: true)
            #expect(lost.losses == ["\(path) is empty, and this node has run before"])
            #expect(lost.complete.isEmpty)
            let again = try open(path, hasRunBefore: true)
            #expect(again.losses.isEmpty && again.complete.isEmpty)
        }
    }

    @Test func aRefusedSetIsNotHalfApplied() async throws {
        try await withFolder { path in
            let store = try open(path).store
            let own = WriteGroup(writes: [.put(service("static"), resourceVersion: nil)], fence: .exempt)
            _ = await store.commit([own], source: .file)
            _ = await put(store, "a")
            let state = await store.state
            // The second write of the batch must not carry the first one's half.
            let groups = [
                whole(.service, [service("b"), service("static")]),
                WriteGroup(writes: [.put(service("y"), resourceVersion: nil)], fence: .exempt),
            ]
            let results = await store.commit(groups, source: .master)
            #expect(throws: StoreRefusal.self) { try results[0].get() }
            let names = Set(await store.state.objects.keys.map(\.name))
            #expect(names == ["static", "a", "y"])
            #expect(await store.state.complete == state.complete)
        }
    }

    @Test func whatIsTooMuchIsRefusedAndRoomCanBeMade() async throws {
        try await withFolder { path in
            var bounds = StateLog.Bounds()
            bounds.stateBytes = 1_000
            let store = try open(path, bounds: bounds).store
            var count = 0
            while count < 20, await put(store, "s\(count)") == nil { count += 1 }
            #expect((2..<10).contains(count))
            #expect(await put(store, "more") == .full(limit: 1_000))
            let remove = WriteGroup(
                writes: [.remove(ObjectKey(kind: .service, name: "s0"), resourceVersion: nil)], fence: .exempt)
            let adds = (0..<3).map {
                WriteGroup(writes: [.put(service("t\($0)"), resourceVersion: nil)], fence: .exempt)
            }
            let results = await store.commit([adds[0], remove, adds[1], adds[2]], source: .master)
            #expect(results.map { if case .success = $0 { true } else { false } } == [false, true, true, false])
            #expect(await store.state.objects.count == count)
            #expect(await put(try open(path, bounds: bounds).store, "more") == .full(limit: 1_000))
        }
    }

    @Test func anEntryThatCannotBeReadCostsItselfAndTheFileIsKept() async throws {
        try await withFolder { path in
            _ = await put(try open(path).store, "a")
            let good = #"{"source":"master","uid":"u","generation":7,"object":"# + service("b").json().text + "}"
            let log = try AppendLog.open(path).log
            try log.append([
                Array(#"{"put":[{"source":"master","object":{"kind":"Later"}},\#(good)],"generation":7}"#.utf8)
            ])
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let opened = try open(path)
            #expect(opened.losses.count == 1 && opened.complete.isEmpty)
            #expect(opened.losses.first?.contains("Later") == true)
            #expect(Set(await opened.store.state.objects.keys.map(\.name)) == ["a", "b"])
            _ = await put(opened.store, "c")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path + ".damaged-1")) == before)
            let again = try open(path)
            #expect(again.losses.isEmpty && again.complete.isEmpty)
        }
    }

    @Test func aGroupThatConflictsLeavesTheOthers() async throws {
        try await withFolder { path in
            let store = try open(path).store
            let own = WriteGroup(writes: [.put(service("static"), resourceVersion: nil)], fence: .exempt)
            _ = await store.commit([own], source: .file)
            let groups = [
                WriteGroup(
                    writes: [.put(service("x"), resourceVersion: nil), .put(service("static"), resourceVersion: nil)],
                    fence: .exempt),
                WriteGroup(writes: [.put(service("y"), resourceVersion: nil)], fence: .exempt),
            ]
            let results = await store.commit(groups, source: .master)
            #expect(throws: StoreRefusal.self) { try results[0].get() }
            #expect(try results[1].get().count == 1)
            #expect(Set(await store.state.objects.keys.map(\.name)) == ["static", "y"])
        }
    }

    @Test func theHighestTermIsKeptOverARestart() async throws {
        try await withFolder { path in
            try await open(path).store.lead(Leadership(master: "m1", term: 7))
            let store = try open(path).store
            let highest = Leadership(master: "m1", term: 7)
            await #expect(throws: StoreRefusal.staleTerm(highest: highest)) {
                try await store.lead(Leadership(master: "m2", term: 7))
            }
            #expect(await put(store, "a", fence: .none) == .staleTerm(highest: highest))
            #expect(await put(store, "a", fence: .term(master: "m0", term: 6)) == .staleTerm(highest: highest))
            #expect(await put(store, "a", fence: .term(master: "m1", term: 7)) == nil)
            #expect(await put(store, "b", fence: .exempt) == nil)
        }
    }

    @Test func theLogIsCompactedAndLosesNothing() async throws {
        try await withFolder { path in
            let slack = 10
            var bounds = StateLog.Bounds()
            bounds.compactionSlack = slack
            let store = try open(path, bounds: bounds).store
            for number in 0..<(slack * 3) {
                let object = ClusterObject.service(
                    Service(
                        meta: ObjectMeta(name: "a"), port: number % 60_000 + 1, selector: ["a": "b"],
                        portalIP: "10.11.0.1"))
                let group = WriteGroup(writes: [.put(object, resourceVersion: nil)], fence: .exempt)
                _ = await store.commit([group], source: .master)
            }
            let lines = try Data(contentsOf: URL(fileURLWithPath: path)).filter { $0 == UInt8(ascii: "\n") }.count
            #expect(lines <= slack + 3)
            let stored = await store.state
            #expect(try await open(path).store.state == stored)
        }
    }
}
