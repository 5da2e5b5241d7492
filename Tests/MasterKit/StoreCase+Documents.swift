import Master

extension StoreCase {
    static let documents = [
        StoreCase("what is not there is nil, and a collection without documents is empty") { bench, here in
            let store = await bench.store
            try mustEqual("document", try await store.get(StoreKey(here, name: "a")), nil)
            let listing = try await store.list(here, namespace: nil)
            try mustEqual("entries", listing.entries, [])
            try mustEqual("revision", try await store.revision(), listing.revision)
        },
        StoreCase("a document is read back, made and changed at the revision of its commit") { bench, here in
            let store = await bench.store
            let before = try await store.revision()
            let key = StoreKey(here, namespace: "n", name: "a")
            let revision = try await store.put(key, #"{"a":1}"#)
            try must("the revision rises", revision > before)
            let wanted = StoreEntry(key: key, value: Array(#"{"a":1}"#.utf8), created: revision, modified: revision)
            try mustEqual("got", try await store.get(key), wanted)
            try mustEqual("listed", try await store.list(here, namespace: "n").entries, [wanted])
        },
        StoreCase("a replaced document keeps when it was made; one that is made again does not") { bench, here in
            let store = await bench.store
            let key = StoreKey(here, name: "a")
            let first = try await store.put(key, "1")
            let second = try await store.put(key, "1")
            let replaced = try await store.mustGet(key)
            try mustEqual("replaced", [replaced.created, replaced.modified], [first, second])
            try must("also the same bytes are a change", second > first)
            let removal = try await store.remove(key)
            try mustEqual("removed", try await store.get(key), nil)
            let third = try await store.put(key, "3")
            let again = try await store.mustGet(key)
            try mustEqual("made again", [again.created, again.modified], [third, third])
            try must("every revision is above the last", first < second && second < removal && removal < third)
        },
        StoreCase("removing what is not there changes nothing") { bench, here in
            let store = await bench.store
            let before = try await store.put(StoreKey(here, name: "a"), "1")
            let tape = WatchTape(try await store.watch([here], after: before))
            let removal = try await store.remove(StoreKey(here, name: "b"))
            try must("the revision does not fall", removal >= before)
            let last = try await store.put(StoreKey(here, name: "c"), "1")
            try mustEqual("shown", try await tape.events(through: last).map(\.revision), [last])
        },
        StoreCase("every byte comes back, and so does a document of 1 MiB and one without any") { bench, here in
            let store = await bench.store
            let everyByte = (0...255).map { UInt8($0) }
            let largest = (0..<StoreTransaction.valueLimit).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for (name, value) in [("bytes", everyByte), ("large", largest), ("empty", [])] {
                let key = StoreKey(here, name: name)
                let revision = try await store.commit(StoreTransaction(changes: [.put(key, value)]))
                try mustEqual(name, try await store.mustGet(key).value == value, true)
                let tape = WatchTape(try await store.watch([here], after: revision - 1))
                let shown = try await tape.events(through: revision)
                let entry = StoreEntry(key: key, value: value, created: revision, modified: revision)
                try mustEqual("\(name), watched", shown == [.put(entry)], true)
            }
            let sizes = try await store.list(here, namespace: nil).entries.map(\.value.count)
            try mustEqual("sizes", sizes, [256, 0, StoreTransaction.valueLimit])
        },
    ]

    static let conditions = [
        StoreCase("absent holds where nothing is, and else names the key and its revision") { bench, here in
            let store = await bench.store
            let key = StoreKey(here, name: "a")
            let revision = try await store.put(key, "1", if: .absent(key))
            let error = try await mustThrow(.conflict, "made twice") {
                try await store.put(key, "2", if: .absent(key))
            }
            try mustEqual("conflict", error.conflict, StoreError.Conflict(key: key, actual: revision))
            try mustEqual("kept", try await store.mustGet(key).value, Array("1".utf8))
            try await store.remove(key)
            try await store.put(key, "3", if: .absent(key))
        },
        StoreCase("a version holds for the newest revision only") { bench, here in
            let store = await bench.store
            let key = StoreKey(here, name: "a")
            let first = try await store.put(key, "1")
            let second = try await store.put(key, "2", if: .version(key, first))
            let stale = try await mustThrow(.conflict, "stale") {
                try await store.put(key, "3", if: .version(key, first))
            }
            try mustEqual("stale", stale.conflict, StoreError.Conflict(key: key, actual: second))
            try await mustThrow(.conflict, "stale removal") { try await store.remove(key, if: .version(key, first)) }
            try await store.remove(key, if: .version(key, second))
            let missing = try await mustThrow(.conflict, "gone") {
                try await store.put(key, "4", if: .version(key, second))
            }
            try mustEqual("gone", missing.conflict, StoreError.Conflict(key: key, actual: 0))
        },
        StoreCase("a transaction changes all or nothing, and names the first condition that fails") { bench, here in
            let store = await bench.store
            let keys = ["a", "b", "c"].map { StoreKey(here, name: $0) }
            let first = try await store.put(keys[0], "1")
            let second = try await store.put(keys[1], "1")
            let before = try await store.list(here, namespace: nil)
            let error = try await mustThrow(.conflict, "two fail") {
                try await store.commit(
                    StoreTransaction(
                        conditions: [.version(keys[0], first), .version(keys[1], first), .version(keys[2], 1)],
                        changes: [.put(keys[0], [1]), .remove(keys[1]), .put(keys[2], [2])]))
            }
            try mustEqual("first", error.conflict, StoreError.Conflict(key: keys[1], actual: second))
            try mustEqual("entries", try await store.list(here, namespace: nil).entries, before.entries)
            let revision = try await store.commit(
                StoreTransaction(
                    conditions: [.version(keys[0], first), .version(keys[1], second), .absent(keys[2])],
                    changes: [.put(keys[0], [1]), .remove(keys[1]), .put(keys[2], [2])]))
            let after = try await store.list(here, namespace: nil).entries
            try mustEqual("names", after.map(\.key.name), ["a", "c"])
            try mustEqual("one revision", after.map(\.modified), [revision, revision])
        },
        StoreCase("of writers who swap the same version one wins") { bench, here in
            let store = await bench.store
            let key = StoreKey(here, name: "a")
            var version = try await store.put(key, "0")
            for round in 1...10 {
                let wins = try await withThrowingTaskGroup(of: UInt64?.self) { [version] group in
                    for writer in 0..<6 {
                        group.addTask {
                            do throws(StoreError) {
                                return try await store.put(key, "\(round) \(writer)", if: .version(key, version))
                            } catch {
                                guard error.code == .conflict else { throw error }
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: [UInt64]()) { wins, win in win.map { wins.append($0) } }
                }
                try mustEqual("winners of round \(round)", wins.count, 1)
                version = try await store.mustGet(key).modified
                try mustEqual("the winner's", [version], wins)
            }
        },
    ]
}
