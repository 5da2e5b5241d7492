import Master

extension StoreCase {
    static let listings = [
        StoreCase("a listing is in order of its keys and of its own collection and namespace") { bench, here in
            let store = await bench.store
            // "-" and "." come before the "/" that etcd's keys are joined with.
            let keys = [
                StoreKey(here, name: "minion"), StoreKey(here, namespace: "a", name: "x"),
                StoreKey(here, namespace: "a", name: "x.y"), StoreKey(here, namespace: "a", name: "y"),
                StoreKey(here, namespace: "a-b", name: "x"), StoreKey(here, namespace: "a.b", name: "x"),
                StoreKey(here, namespace: "b", name: "A"),
            ]
            for key in keys.reversed() { try await store.put(key, "1") }
            try await store.put(StoreKey(here + "s", namespace: "a", name: "x"), "1")
            try await store.put(StoreKey(here + "-s", namespace: "a", name: "x"), "1")
            let all = try await store.list(here, namespace: nil).entries.map(\.key)
            try mustEqual("all", all, keys)
            let some = try await store.list(here, namespace: "a").entries.map(\.key)
            try mustEqual("of namespace a", some, Array(keys[1...3]))
            let none = try await store.list(here, namespace: "").entries.map(\.key)
            try mustEqual("of no namespace", none, [keys[0]])
        },
        StoreCase("10,000 documents are listed whole, and each is found") { bench, here in
            let store = await bench.store
            let keys = (0..<10_000).map { number in
                StoreKey(here, namespace: "n\(number % 7)", name: "pod-\(String(number + 100_000).dropFirst())")
            }
            let value = Array(repeating: UInt8(ascii: "x"), count: 500)
            for start in stride(from: 0, to: keys.count, by: StoreTransaction.changeLimit) {
                let some = keys[start..<min(keys.count, start + StoreTransaction.changeLimit)]
                try await store.commit(StoreTransaction(changes: some.map { .put($0, value) }))
            }
            let listing = try await store.list(here, namespace: nil)
            try mustEqual("keys", listing.entries.map(\.key) == keys.sorted(), true)
            try mustEqual("one namespace", try await store.list(here, namespace: "n3").entries.count, 1429)
            try mustEqual("found", try await store.mustGet(keys[7777]).value, value)
        },
        StoreCase("a listing is of one moment, whoever writes meanwhile") { bench, here in
            let store = await bench.store
            let keys = (0..<700).map { StoreKey(here, name: "\($0)") }
            let start = try await store.revision()
            for begin in stride(from: 0, to: keys.count, by: 100) {
                try await store.commit(StoreTransaction(changes: keys[begin..<begin + 100].map { .put($0, [0]) }))
            }
            let (listings, last) = try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<2 {
                    group.addTask {
                        for step in 0..<60 {
                            let some = [keys[(writer * 350 + step * 5) % 700], keys[(step * 11) % 700]]
                            let changes: [StoreTransaction.Change] = [
                                .put(some[0], [UInt8(step)]), .remove(some[1]),
                            ]
                            try await store.commit(
                                StoreTransaction(changes: some[0] == some[1] ? [changes[0]] : changes))
                        }
                    }
                }
                var listings: [StoreListing] = []
                for _ in 0..<12 { listings.append(try await store.list(here, namespace: nil)) }
                try await group.waitForAll()
                return (listings, try await store.put(StoreKey(here, name: "last"), ""))
            }
            let events = try await WatchTape(store.watch([here], after: start)).events(through: last)
            for listing in listings {
                var replayed: [StoreKey: StoreEntry] = [:]
                for event in events where event.revision <= listing.revision {
                    switch event {
                    case .put(let entry): replayed[entry.key] = entry
                    case .removed(let last, _): replayed[last.key] = nil
                    }
                }
                let wanted = replayed.values.sorted { $0.key < $1.key }
                try mustEqual("as of \(listing.revision)", listing.entries == wanted, true)
            }
        },
    ]

    static let bounds = [
        StoreCase("keys that not every store can hold are refused") { bench, here in
            let store = await bench.store
            let long = String(repeating: "x", count: StoreKey.partLimit)
            try await store.put(StoreKey(here, namespace: long, name: long), "1")
            let wrong = [
                StoreKey("", name: "a"), StoreKey(here, name: ""), StoreKey(here, name: "a/b"),
                StoreKey(here, namespace: "a/b", name: "a"), StoreKey("a/b", name: "a"), StoreKey(here, name: "ä"),
                StoreKey(here, name: "a b"), StoreKey(here, name: "a\0"), StoreKey(here, name: long + "x"),
                StoreKey(here, namespace: "\n", name: "a"),
            ]
            for key in wrong {
                try await mustThrow(.invalid, "put of \(key)") { try await store.put(key, "1") }
                try await mustThrow(.invalid, "get of \(key)") { _ = try await store.get(key) }
                try await mustThrow(.invalid, "condition on \(key)") {
                    try await store.put(StoreKey(here, name: "a"), "1", if: .absent(key))
                }
            }
            try await mustThrow(.invalid, "list") { _ = try await store.list("a/b", namespace: nil) }
            try await mustThrow(.invalid, "watch") { _ = try await store.watch([here, ""], after: 0) }
            try await mustThrow(.invalid, "watch of nothing") { _ = try await store.watch([], after: 0) }
            try mustEqual("kept", try await store.list(here, namespace: nil).entries.count, 1)
        },
        StoreCase("transactions beyond their bounds are refused, and at them are not") { bench, here in
            let store = await bench.store
            let limit = StoreTransaction.changeLimit
            let puts = (0...limit).map { StoreTransaction.Change.put(StoreKey(here, name: "\($0)"), []) }
            let conditionLimit = StoreTransaction.conditionLimit
            let absent = (0...conditionLimit).map { StoreTransaction.Condition.absent(StoreKey(here, name: "\($0)")) }
            let large = StoreKey(here, name: "large")
            let mebibyte = [UInt8](repeating: 0x20, count: StoreTransaction.valueLimit)
            let wrong: [(String, StoreTransaction)] = [
                ("nothing", StoreTransaction(changes: [])),
                ("too many changes", StoreTransaction(changes: puts)),
                ("too many conditions", StoreTransaction(conditions: absent, changes: [puts[0]])),
                ("the same twice", StoreTransaction(changes: [.put(large, [1]), .remove(large)])),
                ("too large a document", StoreTransaction(changes: [.put(large, mebibyte + [0x20])])),
                (
                    "too many bytes",
                    StoreTransaction(changes: [.put(large, mebibyte), .put(StoreKey(here, name: "b"), mebibyte)])
                ),
            ]
            for (what, transaction) in wrong {
                try await mustThrow(.invalid, what) { try await store.commit(transaction) }
            }
            try mustEqual("kept", try await store.list(here, namespace: nil).entries.count, 0)
            let most = StoreTransaction(conditions: Array(absent[..<conditionLimit]), changes: Array(puts[..<limit]))
            let revision = try await store.commit(most)
            let entries = try await store.list(here, namespace: nil).entries
            try mustEqual("as many as there may be", entries.map(\.modified), Array(repeating: revision, count: limit))
            let rest = StoreTransaction.byteLimit - StoreTransaction.valueLimit - 2 * (here.utf8.count + 5)
            let filler = [UInt8](repeating: 0x20, count: rest)
            try await store.commit(
                StoreTransaction(changes: [.put(large, mebibyte), .put(StoreKey(here, name: "small"), filler)]))
        },
    ]
}
