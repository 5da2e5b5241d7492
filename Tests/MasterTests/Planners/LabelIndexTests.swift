import Testing

@testable import Master

@Suite struct LabelIndexTests {
    @Test(arguments: [
        (["a": "1"], ["a": "1"], true),
        (["a": "1"], ["a": "1", "b": "2"], true),
        (["a": "1", "b": "2"], ["a": "1"], false),
        (["a": "1"], ["a": "2"], false),
        // A missing label reads as an empty one, also where no other pair leads to the member.
        (["a": ""], ["b": "2"], true),
        (["a": ""], [:], true),
        (["a": ""], ["a": "1"], false),
        (["a": "", "b": "2"], ["b": "2"], true),
        ([:], ["a": "1"], false),
    ])
    func whatIsSelected(_ row: (selector: [String: String], labels: [String: String], isSelected: Bool)) {
        var index = LabelIndex()
        index.set(selector: row.selector, of: Make.name("owner"))
        index.set(labels: row.labels, of: Make.name("member"))
        #expect(index.members(of: Make.name("owner")) == (row.isSelected ? [Make.name("member")] : []))
        #expect(index.owners(of: Make.name("member")) == (row.isSelected ? [Make.name("owner")] : []))
    }

    @Test func namespacesAreApart() {
        var index = LabelIndex()
        index.set(selector: ["a": "1"], of: ObjectName(namespace: "one", name: "owner"))
        index.set(labels: ["a": "1"], of: ObjectName(namespace: "two", name: "member"))
        #expect(index.members(of: ObjectName(namespace: "one", name: "owner")).isEmpty)
    }

    /// What is looked at is the rarest pair's, whatever its key is called.
    @Test func aLabelThatAllHaveCostsNothing() {
        var index = LabelIndex()
        for number in 0..<50 {
            let selector = ["all": "x", "name": "\(number)"]
            index.set(selector: selector, of: Make.name("o\(number)"))
            index.set(labels: selector, of: Make.name("m\(number)"))
        }
        #expect(index.members(of: Make.name("o7")) == [Make.name("m7")])
        #expect(index.candidates(ownedBy: Make.name("o7")).count == 1)
        #expect(index.owners(of: Make.name("m7")) == [Make.name("o7")])
        #expect(index.candidates(owning: Make.name("m7")).count < 5)
    }

    /// Both directions equal looking at everything, after any sequence of changes.
    @Test func theIndexEqualsALinearSearch() {
        var random = SplitMix(seed: 7)
        var index = LabelIndex()
        var selectors: [ObjectName: [String: String]] = [:]
        var labels: [ObjectName: [String: String]] = [:]
        for step in 0..<2_000 {
            let pairs = ["a": "\(random.below(3))", "b": random.below(2) == 0 ? "" : "x"].filter { _ in
                random.below(3) > 0
            }
            let isGone = random.below(5) == 0
            if random.below(2) == 0 {
                let owner = Make.name("o\(random.below(4))")
                selectors[owner] = isGone ? nil : pairs
                index.set(selector: selectors[owner], of: owner)
            } else {
                let member = Make.name("m\(random.below(6))")
                labels[member] = isGone ? nil : pairs
                index.set(labels: labels[member], of: member)
            }
            for (owner, selector) in selectors where !selector.isEmpty {
                let expected = labels.filter { LabelIndex.holds(selector, of: $0.value) }.keys.sorted()
                #expect(index.members(of: owner) == expected, "step \(step)")
            }
            for (member, carried) in labels {
                let expected = selectors.filter { !$0.value.isEmpty && LabelIndex.holds($0.value, of: carried) }
                #expect(index.owners(of: member) == expected.keys.sorted(), "step \(step)")
            }
        }
    }
}

/// The same numbers in every run.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
}
