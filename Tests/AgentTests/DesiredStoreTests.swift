import ClusterModel
import FoundationEssentials
import Testing

@testable import Agent

@Suite struct DesiredStoreTests {
    private func service(_ name: String) -> ClusterObject {
        .service(Service(meta: ObjectMeta(name: name), port: 80, selector: ["a": "b"], portalIP: "10.11.0.1"))
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = "\(FileManager.default.temporaryDirectory.path)/minion-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body("\(folder)/desired.log")
    }

    private func open(_ path: String, compactionSlack: Int = DesiredStore.compactionSlack) throws -> (
        store: DesiredStore, damage: [String], isComplete: Bool
    ) {
        let (_, changes) = AsyncStream<StatePatch>.makeStream()
        return try DesiredStore.open(
            path: path, board: StatusBoard(), changes: changes, compactionSlack: compactionSlack, makeUID: { "made" })
    }

    private func put(_ store: DesiredStore, _ name: String, fence: Fence = .exempt) async -> StoreRefusal? {
        let group = WriteGroup(writes: [.put(service(name), resourceVersion: nil)], fence: fence)
        guard case .failure(let refusal)? = await store.commit([group], source: .master).first else { return nil }
        return refusal
    }

    @Test func whatWasCommittedIsThereAgain() async throws {
        try await withFolder { path in
            let first = try open(path)
            #expect(!first.isComplete)
            #expect(await put(first.store, "a") == nil)
            let stored = await first.store.state
            let second = try open(path)
            #expect(second.isComplete)
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
            #expect(second.damage.count == 1)
            #expect(!second.isComplete)
            #expect(Set(await second.store.state.objects.keys.map(\.name)) == ["a", "c"])
            let third = try open(path)
            #expect(third.damage.isEmpty && !third.isComplete)
            let set = WriteGroup(writes: [.replaceAll(.service, [service("a")], resourceVersion: nil)], fence: .exempt)
            _ = await third.store.commit([set], source: .master)
            #expect(try open(path).isComplete)
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
            let store = try open(path, compactionSlack: slack).store
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
