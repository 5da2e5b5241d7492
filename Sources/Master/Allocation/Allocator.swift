import ClusterModel
import FoundationEssentials

/// Gives away the lowest free item of a plan. What is released rests in quarantine: a node that has not heard of the end of
/// a service must not meet another one at its address.
///
/// Time is the wall clock's, because quarantines outlive the process.
struct Allocator<Plan: AllocationPlan>: Sendable {
    /// What an item is to the allocator.
    enum Standing: Sendable, Equatable {
        /// Held for an object.
        case held(by: ObjectRef)
        /// Released by `formerly` and not given to others before `until`.
        case resting(formerly: ObjectRef, until: Date)
    }

    /// Items, owners and quarantines.
    let plan: Plan
    private var standings: [UInt32: Standing] = [:]
    /// Every number below this is held or rests.
    private var lowest: UInt32
    /// Ends of quarantines in the order in which they began. Should the clock have been set back, a late one waits for those
    /// before it.
    private var ends: [(until: Date, number: UInt32)] = []
    private var endsDone = 0
    private var restingCount = 0

    /// Everything is free.
    init(plan: Plan) {
        self.plan = plan
        lowest = plan.numbers.lowerBound
    }

    /// What `item` is now; `nil` when it is free or none of the plan's.
    func standing(of item: Plan.Item) -> Standing? {
        plan.number(item).flatMap { standings[$0] }
    }

    /// Holds the item asked for, or else the lowest free one, for `owner`. What rests is given back to whoever had it.
    /// Amortised O(1) for the lowest.
    mutating func allocate(
        _ asked: Plan.Item? = nil, for owner: ObjectRef, now: Date
    ) throws(AllocationError) -> Plan.Item {
        endQuarantines(now)
        let number = if let asked { try number(of: asked, for: owner) } else { try lowestFree() }
        hold(plan.item(number), for: owner)
        return plan.item(number)
    }

    /// Notes that `owner` has the item, whoever had it before; ignores what is none of the plan's.
    mutating func hold(_ item: Plan.Item, for owner: ObjectRef) {
        guard let number = plan.number(item) else { return }
        set(.held(by: owner), number)
    }

    /// Notes that `owner` has given the item up and that it rests until `until`; ignores what is none of the plan's.
    mutating func release(_ item: Plan.Item, formerly owner: ObjectRef, until: Date) {
        guard let number = plan.number(item) else { return }
        set(.resting(formerly: owner, until: until), number)
        ends.append((until, number))
    }

    /// Notes that the item is free; ignores what is none of the plan's.
    mutating func free(_ item: Plan.Item) {
        guard let number = plan.number(item) else { return }
        set(nil, number)
        if plan.numbers.contains(number) { lowest = min(lowest, number) }
    }

    private mutating func set(_ standing: Standing?, _ number: UInt32) {
        if case .resting = standings[number] { restingCount -= 1 }
        standings[number] = standing
        if case .resting = standing { restingCount += 1 }
    }

    private mutating func endQuarantines(_ now: Date) {
        while endsDone < ends.count, ends[endsDone].until <= now {
            let (until, number) = ends[endsDone]
            endsDone += 1
            // It may have been given back meanwhile, and even have been released again.
            if case .resting(_, until) = standings[number] { free(plan.item(number)) }
        }
        // Dropping the head of an array costs its length: done once it is the larger half.
        if endsDone > ends.count / 2 {
            ends.removeFirst(endsDone)
            endsDone = 0
        }
    }

    private func number(of item: Plan.Item, for owner: ObjectRef) throws(AllocationError) -> UInt32 {
        guard let number = plan.number(item) else {
            throw AllocationError(.outside, "it is not in \(plan.net)")
        }
        guard plan.numbers.contains(number) else {
            throw AllocationError(.reserved, "it is reserved: the first and the last address of \(plan.net)")
        }
        switch standings[number] {
        case nil, .resting(owner, _): return number
        case .held(let holder): throw AllocationError(.taken, "\(holder) has it")
        case .resting(let former, let until):
            throw AllocationError(.resting, "\(former) had it, it is kept back until \(until.formatted(.iso8601))")
        }
    }

    private mutating func lowestFree() throws(AllocationError) -> UInt32 {
        while lowest < plan.numbers.upperBound {
            if standings[lowest] == nil { return lowest }
            lowest += 1
        }
        throw exhaustion
    }

    private var exhaustion: AllocationError {
        let held = standings.count - restingCount
        let next = ends[endsDone...].first.map { ", the next is free at \($0.until.formatted(.iso8601))" } ?? ""
        return AllocationError(
            .exhausted,
            "no \(plan.itemName) is free in \(plan.net): \(held) are in use, \(restingCount) were released and are kept back\(next)"
        )
    }
}

/// Why nothing was allocated.
struct AllocationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of reason it is.
    enum Code: String, Sendable {
        /// What was asked for is not in the net.
        case outside
        /// What was asked for is never given away.
        case reserved
        /// Another object has what was asked for.
        case taken
        /// What was asked for was released a short time ago.
        case resting
        /// Nothing is free.
        case exhausted
    }

    /// What kind of reason it is.
    var code: Code
    /// In words; of all but `exhausted`, a clause about what was asked for.
    var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
