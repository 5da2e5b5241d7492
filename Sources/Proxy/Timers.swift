/// Deadlines of connections, one at most per slot.
///
/// There are only a few different durations (one per round of a dial, one for half-closed connections), and within one duration
/// deadlines come in the order they were armed. So each duration is a queue: arming appends, renewing moves to the end,
/// cancelling unlinks, all O(1), and the next deadline is the least of a few heads. A heap would cost O(log n) for the same.
/// Time is a parameter: nanoseconds of a monotonic clock.
struct Timers {
    private struct Link {
        var deadline: Int64 = 0
        var previous = Self.none
        var next = Self.none
        /// The queue it is in; `unarmed` when it is in none.
        var queue = Self.unarmed
        static let none = UInt32.max
        static let unarmed = UInt8.max
    }

    private struct Queue {
        let duration: Int64
        var head = Link.none
        var tail = Link.none
    }

    private var queues: [Queue]
    private var links: [Link] = []

    /// One queue per duration, named by its index.
    init(durations: [Int64]) {
        queues = durations.map { Queue(duration: $0) }
    }

    /// Arms the timer of `slot`, or renews it: it runs out `durations[queue]` after `now`.
    mutating func arm(_ slot: UInt32, queue: Int, now: Int64) {
        cancel(slot)
        while links.count <= Int(slot) { links.append(Link()) }
        let tail = queues[queue].tail
        links[Int(slot)] = Link(
            deadline: now &+ queues[queue].duration, previous: tail, next: Link.none, queue: UInt8(queue))
        if tail == Link.none { queues[queue].head = slot } else { links[Int(tail)].next = slot }
        queues[queue].tail = slot
    }

    /// Disarms the timer of `slot` if it is armed.
    mutating func cancel(_ slot: UInt32) {
        guard Int(slot) < links.count, links[Int(slot)].queue != Link.unarmed else { return }
        let link = links[Int(slot)]
        let queue = Int(link.queue)
        if link.previous == Link.none {
            queues[queue].head = link.next
        } else {
            links[Int(link.previous)].next = link.next
        }
        if link.next == Link.none {
            queues[queue].tail = link.previous
        } else {
            links[Int(link.next)].previous = link.previous
        }
        links[Int(slot)].queue = Link.unarmed
    }

    /// The earliest deadline, `nil` when nothing is armed.
    var next: Int64? {
        var earliest: Int64?
        for queue in queues where queue.head != Link.none {
            let deadline = links[Int(queue.head)].deadline
            if deadline < earliest ?? .max { earliest = deadline }
        }
        return earliest
    }

    /// Takes out one slot whose time has run out at `now`; call until `nil`.
    mutating func popExpired(now: Int64) -> UInt32? {
        for index in queues.indices {
            let head = queues[index].head
            guard head != Link.none, links[Int(head)].deadline <= now else { continue }
            cancel(head)
            return head
        }
        return nil
    }
}
