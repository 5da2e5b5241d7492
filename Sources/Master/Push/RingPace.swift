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
        /// In the order in which they are rung; the first `rung` of them have been.
        var order: [String] = []
        var rung = 0
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
            let next = Array(state.order[state.rung...].prefix(Self.slice))
            state.rung += next.count
            state.waiting.subtract(next)
            // Changes may come faster than a round takes: then there is never a moment in which nobody waits.
            if state.rung * 2 >= state.order.count {
                state.order.removeFirst(state.rung)
                state.rung = 0
            }
            return next.isEmpty ? nil : next
        }
    }

    /// Places that are kept, for tests of the bound: at most two for each minion.
    var placeCount: Int { state.withLock { $0.order.count } }
}
