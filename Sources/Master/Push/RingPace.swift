import Machine
import Synchronization

/// Rings the links of all minions, a few at a time. A thousand rung at once would take the processors for as long as a change
/// takes to reach them all, and stand before whoever waits for an answer or watches; and a link that waits for its turn brings
/// several changes in one write.
final class RingPace: Sendable {
    /// Links rung at once. In a cluster of so many minions none waits for its turn.
    static let slice = 32
    /// Between two slices. About what 32 links need of two processors, to send a change and to hear that it was taken and
    /// applied: the last of 1,000 minions is rung after 93 ms.
    static let pause = Duration.milliseconds(3)

    private struct State {
        /// In the order in which they are rung.
        var order: [String] = []
        /// The same, to find one.
        var waiting: Set<String> = []
    }

    private let state = Mutex(State())
    private let time: MonotonicTime
    private let ring: @Sendable ([String]) -> Void
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// - Parameter ring: rings the links of these minions, as far as there are any.
    init(_ time: MonotonicTime, ring: @escaping @Sendable ([String]) -> Void) {
        self.time = time
        self.ring = ring
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Has these minions rung soon; one that waits already keeps its place.
    func add(_ minions: some Sequence<String>) {
        state.withLock { state in
            for minion in minions where state.waiting.insert(minion).inserted { state.order.append(minion) }
        }
        wake.yield()
    }

    /// Rings until the task is cancelled; called once.
    func run() async {
        for await _ in wakes {
            while let next = take() {
                ring(next)
                do { try await time.sleep(Self.pause) } catch { return }
            }
        }
    }

    /// The next slice; `nil` when nobody waits.
    private func take() -> [String]? {
        state.withLock { state in
            let next = Array(state.order.prefix(Self.slice))
            // A thousand names move up, which costs less than to ring one link.
            state.order.removeFirst(next.count)
            state.waiting.subtract(next)
            return next.isEmpty ? nil : next
        }
    }

    /// Places that are kept, for tests of the bound: at most one for each minion.
    var placeCount: Int { state.withLock { $0.order.count } }
}
