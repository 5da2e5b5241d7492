import Master
import NodeKit

extension StoreCase {
    static let watches = [
        StoreCase("a watch shows what was, and then what comes: made, replaced, removed") { bench, here in
            let store = await bench.store
            let key = StoreKey(here, namespace: "n", name: "a")
            let start = try await store.revision()
            let made = try await store.put(key, "1")
            let tape = WatchTape(try await store.watch([here], after: start))
            _ = try await tape.events(through: made)
            let replaced = try await store.put(key, "2")
            let removed = try await store.remove(key)
            let second = StoreEntry(key: key, value: Array("2".utf8), created: made, modified: replaced)
            let wanted: [StoreEvent] = [
                .put(StoreEntry(key: key, value: Array("1".utf8), created: made, modified: made)), .put(second),
                .removed(last: second, revision: removed),
            ]
            try mustEqual("shown", try await tape.events(through: removed), wanted)
        },
        StoreCase("a watch of several collections has one order and nothing of others") { bench, here in
            let store = await bench.store
            let start = try await store.revision()
            let names = [here, here + "-b", here + "-c"]
            let tape = WatchTape(try await store.watch([names[0], names[2]], after: start))
            var wanted: [UInt64] = []
            for step in 0..<30 {
                let revision = try await store.put(StoreKey(names[step % 3], name: "\(step)"), "")
                if step % 3 != 1 { wanted.append(revision) }
            }
            guard let last = wanted.last else { return }
            try mustEqual("shown", try await tape.events(through: last).map(\.revision), wanted)
        },
        StoreCase("128 changes of one transaction are shown together and in their order") { bench, here in
            let store = await bench.store
            let start = try await store.revision()
            let tape = WatchTape(try await store.watch([here], after: start))
            let keys = (0..<StoreTransaction.changeLimit).map { StoreKey(here, name: "\($0 * 7 % 128)") }
            let value = [UInt8](repeating: 0x20, count: 8_000)
            let revision = try await store.commit(StoreTransaction(changes: keys.map { .put($0, value) }))
            let last = try await store.put(StoreKey(here, name: "last"), "")
            let events = try await tape.events(through: last)
            let wanted = keys.map {
                StoreEvent.put(StoreEntry(key: $0, value: value, created: revision, modified: revision))
            }
            try mustEqual("shown", Array(events.dropLast()) == wanted, true)
        },
        StoreCase("under concurrent writers every watch shows every commit once and in order") { bench, here in
            let store = await bench.store
            let start = try await store.revision()
            var tapes = [WatchTape(try await store.watch([here], after: start))]
            let acked = try await withThrowingTaskGroup(of: [UInt64].self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        var acked: [UInt64] = []
                        for step in 0..<40 {
                            acked.append(try await store.put(StoreKey(here, name: "\(step % 5)"), "\(writer) \(step)"))
                        }
                        return acked
                    }
                }
                // One that begins in the middle of it.
                tapes.append(WatchTape(try await store.watch([here], after: start)))
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let last = try await store.put(StoreKey(here, name: "last"), "")
            tapes.append(WatchTape(try await store.watch([here], after: start)))
            for tape in tapes {
                let shown = try await tape.events(through: last)
                try mustEqual("shown", shown.map(\.revision), acked.sorted() + [last])
            }
            let first = tapes[0].events
            for tape in tapes { try mustEqual("the same", tape.events == first, true) }
        },
        StoreCase("who does not read misses nothing, or is told so") { bench, here in
            let store = await bench.store
            let start = try await store.revision()
            let stream = try await store.watch([here], after: start)
            let value = [UInt8](repeating: 0x20, count: 30_000)
            var last: UInt64 = 0
            var wanted: [UInt64] = []
            for _ in 0..<60 {
                let keys = (0..<20).map { StoreKey(here, name: "\($0)") }
                last = try await store.commit(StoreTransaction(changes: keys.map { .put($0, value) }))
                wanted += Array(repeating: last, count: 20)
            }
            let tape = WatchTape(stream)
            do {
                try mustEqual("shown", try await tape.events(through: last).map(\.revision), wanted)
            } catch let error as StoreError {
                try mustEqual("told", error.code, .gone)
            }
        },
        StoreCase("a watch ends when its reader does") { bench, here in
            let store = await bench.store
            let tape = WatchTape(try await store.watch([here], after: try await store.revision()))
            let revision = try await store.put(StoreKey(here, name: "a"), "")
            _ = try await tape.events(through: revision)
            tape.stop()
            try await eventually("the end") { tape.hasEnded }
        },
    ]

    static let resuming = [
        StoreCase("a watch that was cut is resumed from the last revision seen, and misses nothing") { bench, here in
            var store = await bench.store
            let start = try await store.revision()
            var wanted: [UInt64] = []
            var seen: [UInt64] = []
            for round in 0..<3 {
                for step in 0..<5 { wanted.append(try await store.put(StoreKey(here, name: "\(round)-\(step)"), "")) }
                let tape = WatchTape(try await store.watch([here], after: seen.last ?? start))
                seen += try await tape.events(through: wanted[wanted.count - 1]).map(\.revision)
                wanted.append(try await store.put(StoreKey(here, name: "unseen-\(round)"), ""))
                tape.stop()
                try await bench.reopen()
                store = await bench.store
            }
            let tape = WatchTape(try await store.watch([here], after: seen.last ?? start))
            seen += try await tape.events(through: wanted[wanted.count - 1]).map(\.revision)
            try mustEqual("seen", seen, wanted)
        },
        StoreCase("what was committed is there after a new start, and revisions go on") { bench, here in
            let key = StoreKey(here, name: "a")
            let revision = try await bench.store.put(key, "1")
            let before = try await bench.store.list(here, namespace: nil)
            try await bench.reopen()
            try mustEqual("entries", try await bench.store.list(here, namespace: nil).entries, before.entries)
            let next = try await bench.store.put(key, "2", if: .version(key, revision))
            try must("the revision rises", next > revision)
        },
        StoreCase("changes that are no longer kept are gone, later ones are not") { bench, here in
            let store = await bench.store
            var revisions: [UInt64] = []
            for step in 0..<6 { revisions.append(try await store.put(StoreKey(here, name: "\(step % 2)"), "\(step)")) }
            try await bench.forget(through: revisions[3])
            for revision in [revisions[0], revisions[2]] {
                try await mustThrow(.gone, "after \(revision)") {
                    throw try await WatchTape(store.watch([here], after: revision)).failure()
                }
            }
            let tape = WatchTape(try await store.watch([here], after: revisions[3]))
            try mustEqual("kept", try await tape.events(through: revisions[5]).map(\.revision), Array(revisions[4...]))
            try mustEqual("documents", try await store.list(here, namespace: nil).entries.count, 2)
        },
        StoreCase("a revision that has not been is gone: the store is not the one it came from") { bench, here in
            let store = await bench.store
            let future = try await store.put(StoreKey(here, name: "a"), "") + 1_000_000
            try await mustThrow(.gone, "after \(future)") {
                throw try await WatchTape(store.watch([here], after: future)).failure()
            }
        },
    ]
}
