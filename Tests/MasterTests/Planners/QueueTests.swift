import Testing

@testable import Master

@Suite struct DeadlineQueueTests {
    @Test func theEarliestComesFirstAndEqualOnesInTheirOrder() {
        var queue = DeadlineQueue<String>()
        queue.set("late", at: .seconds(9))
        queue.set("b", at: .seconds(2))
        queue.set("a", at: .seconds(2))
        queue.set("soon", at: .seconds(1))
        #expect(queue.next == .seconds(1))
        #expect(queue.popDue(now: .seconds(2), limit: 2) == ["soon", "b"])
        #expect(queue.popDue(now: .seconds(2)) == ["a"])
        #expect(queue.next == .seconds(9))
        queue.set("late", at: .seconds(3))
        #expect(queue.next == .seconds(3))
        queue.remove("late")
        #expect(queue.next == nil)
    }

    /// Equals a dictionary that is searched, after any sequence of changes.
    @Test func equalsALinearSearch() {
        var random = SplitMix(seed: 3)
        var queue = DeadlineQueue<Int>()
        var deadlines: [Int: Duration] = [:]
        for step in 0..<5_000 {
            let key = random.below(40)
            switch random.below(4) {
            case 0:
                queue.remove(key)
                deadlines[key] = nil
            case 1:
                let now = Duration.seconds(random.below(100))
                let due = Set(queue.popDue(now: now))
                #expect(due == Set(deadlines.filter { $0.value <= now }.keys), "step \(step)")
                deadlines = deadlines.filter { $0.value > now }
            default:
                let deadline = Duration.seconds(random.below(100))
                queue.set(key, at: deadline)
                deadlines[key] = deadline
            }
            #expect(queue.next == deadlines.values.min(), "step \(step)")
            #expect(queue.deadline(of: key) == deadlines[key], "step \(step)")
        }
    }
}

@Suite struct WorkQueueTests {
    @Test(arguments: [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1_000, 60)])
    func delays(_ row: (failures: Int, seconds: Int)) {
        #expect(RetryDelay.standard.delay(after: row.failures) == .seconds(row.seconds))
    }

    @Test func whatFailedWaitsTwiceAsLongEachTimeWhateverHappensToIt() {
        var queue = WorkQueue<String>()
        queue.add("a")
        #expect(queue.popDue(now: .zero) == ["a"])
        queue.fail("a", now: .zero)
        queue.fail("a", now: .zero)
        queue.add("a")
        queue.postpone("a", until: .milliseconds(1))
        #expect(queue.next == .seconds(1))
        #expect(queue.popDue(now: .seconds(1)) == ["a"])
        queue.fail("a", now: .seconds(1))
        #expect(queue.next == .seconds(3))
        queue.hasten()
        #expect(queue.next == .seconds(2))
        queue.succeed("a")
        queue.add("a")
        #expect(queue.next == .zero)
    }

    /// Once it was taken out nothing holds it back but a new failure.
    @Test func whatFailedBeforeAndIsTriedCanBeAddedAndPutOff() {
        var queue = WorkQueue<String>()
        queue.fail("a", now: .zero)
        #expect(queue.popDue(now: .seconds(1)) == ["a"])
        queue.postpone("a", until: .seconds(5))
        #expect(queue.next == .seconds(5))
        #expect(queue.popDue(now: .seconds(5)) == ["a"])
        queue.add("a")
        #expect(queue.next == .zero)
    }
}
