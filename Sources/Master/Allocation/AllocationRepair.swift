import ClusterModel

/// What must be done so that records and objects agree again: after a change of the net, a restored backup, or a master of
/// another version. Pure.
struct AllocationRepair<Plan: AllocationPlan>: Sendable {
    /// An object that should have an item.
    struct Owner: Sendable {
        /// Who.
        var ref: ObjectRef
        /// What it says to have; `nil` for nothing.
        var item: Plan.Item?
        /// The revision that made it: of two that have one item, the older keeps it.
        var created: UInt64

        /// An object that should have an item.
        init(ref: ObjectRef, item: Plan.Item?, created: UInt64) {
            self.ref = ref
            self.item = item
            self.created = created
        }
    }

    /// One thing to do.
    enum Step: Sendable, Equatable {
        /// The object has nothing: it gets an item.
        case allocate(ObjectRef)
        /// The object has the item and there is no record of it, or one of another owner.
        case claim(Plan.Item, ObjectRef)
        /// The record's owner is no more, or has something else.
        case release(Plan.Item, formerly: ObjectRef)
    }

    /// What to do, in order: first what is held is made known, then the rest is given away.
    let steps: [Step]
    /// What nobody can decide, in words: two objects with one item, items outside of the net.
    let findings: [String]

    /// Compares `owners` with the records' `holders`.
    init(plan: Plan, owners: [Owner], holders: [Plan.Item: ObjectRef]) {
        var claims: [Step] = []
        var allocations: [Step] = []
        var findings: [String] = []
        var rightful: [Plan.Item: ObjectRef] = [:]
        for owner in owners.sorted(by: { ($0.created, $0.ref) < ($1.created, $1.ref) }) {
            guard let item = owner.item else {
                allocations.append(.allocate(owner.ref))
                continue
            }
            guard plan.number(item) != nil else {
                findings.append("\(owner.ref) has the \(plan.itemName) \(item), which is not in \(plan.net)")
                continue
            }
            if let other = rightful[item] {
                findings.append("\(owner.ref) has the \(plan.itemName) \(item), which is \(other)'s")
                continue
            }
            rightful[item] = owner.ref
            if holders[item] != owner.ref { claims.append(.claim(item, owner.ref)) }
        }
        let releases = holders.filter { rightful[$0.key] == nil }
            .sorted { $0.key.description < $1.key.description }
            .map { Step.release($0.key, formerly: $0.value) }
        steps = claims + releases + allocations
        self.findings = findings
    }
}
