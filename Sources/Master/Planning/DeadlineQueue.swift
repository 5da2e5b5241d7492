/// Deadlines, one per key at the most, the earliest first. A change costs O(log n): planners look at `next` after every
/// change, and thousands of pods may wait.
struct DeadlineQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var deadline: Duration
        /// Tells entries of one deadline apart, in the order they came, and an entry from what replaced it.
        var ticket: UInt64
        var key: Key

        func precedes(_ other: Entry) -> Bool { (deadline, ticket) < (other.deadline, other.ticket) }
    }

    /// Replaced entries that are kept however few are valid, so that a small queue is not swept at every change.
    private static var staleAllowance: Int { 64 }

    /// A binary heap. Entries that were replaced or removed stay until they come up or `compact` sweeps them.
    private var heap: [Entry] = []
    private var placed: [Key: (deadline: Duration, ticket: UInt64)] = [:]
    private var lastTicket: UInt64 = 0

    /// The earliest deadline.
    var next: Duration? { heap.first?.deadline }

    /// The deadline of `key`, where it has one.
    func deadline(of key: Key) -> Duration? { placed[key]?.deadline }

    /// Sets the deadline of `key`, in place of one it had.
    mutating func set(_ key: Key, at deadline: Duration) {
        lastTicket += 1
        placed[key] = (deadline, lastTicket)
        heap.append(Entry(deadline: deadline, ticket: lastTicket, key: key))
        rise(from: heap.endIndex - 1)
        dropStale()
        compact()
    }

    /// Forgets `key`.
    mutating func remove(_ key: Key) {
        guard placed.removeValue(forKey: key) != nil else { return }
        dropStale()
        compact()
    }

    /// Takes out keys whose deadline has come, the earliest first, those of one deadline in the order they came.
    /// - Parameter limit: how many at the most; the others stay due.
    mutating func popDue(now: Duration, limit: Int = .max) -> [Key] {
        var due: [Key] = []
        while due.count < limit, let first = heap.first, first.deadline <= now {
            due.append(first.key)
            placed[first.key] = nil
            dropStale()
        }
        return due
    }

    /// Keeps the top of the heap valid, which `next` relies on.
    private mutating func dropStale() {
        while let first = heap.first, placed[first.key]?.ticket != first.ticket {
            heap[0] = heap[heap.endIndex - 1]
            heap.removeLast()
            sink(from: 0)
        }
    }

    /// Keeps replaced entries from outnumbering the valid ones, for O(1) per change on the average.
    private mutating func compact() {
        guard heap.count > 2 * placed.count + Self.staleAllowance else { return }
        // Sorted is a heap.
        heap = heap.filter { placed[$0.key]?.ticket == $0.ticket }.sorted { $0.precedes($1) }
    }

    private mutating func rise(from start: Int) {
        var index = start
        while index > 0, heap[index].precedes(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(from start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].precedes(heap[least]) {
                least = child
            }
            if least == index { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
