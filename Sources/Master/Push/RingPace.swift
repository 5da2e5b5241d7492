import Machine
import Synchronization

/// Rings a thousand links for what concerns them all, a few at a time. Rung at once they would take the processors for as long
/// as the change takes to reach them all, and stand before whoever waits for an answer or watches; and a link that waits for
/// its turn brings several changes in one write.
final class RingPace: Sendable {
    /// Links rung at once: the cluster of which nobody waits.
    static let slice = 32
    /// Between two slices. About what 32 links need of two processors, to send a change and to hear that it was taken and
    /// applied: 1,000 minions have been rung after 96 ms.
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
            if state.rung == state.order.count {
                state.order = []
                state.rung = 0
            }
            return next.isEmpty ? nil : next
        }
    }
}
