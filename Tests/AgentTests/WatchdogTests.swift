import Logging
import NodeKit
import Synchronization
import Testing

@testable import Agent

@Suite struct WatchdogTests {
    private final class Meals: Sendable {
        let count = Mutex(0)
    }

    private let log = RecordingLog()
    private let meals = Meals()

    private func watchdog(_ parts: Watchdog.Part...) -> Watchdog {
        Watchdog(
            interval: .seconds(3), parts: parts, feed: { [meals] in meals.count.withLock { $0 += 1 } },
            logger: log.logger)
    }

    private func part(_ name: String, _ isAlive: Bool) -> Watchdog.Part { .init(name: name) { isAlive } }

    @Test func fedWhileEveryPartAnswers() async {
        await watchdog(part("proxy", true), part("wire", true)).look(within: .seconds(30))
        #expect(meals.count.withLock { $0 } == 1)
        #expect(log.messages(with: "").isEmpty)
    }

    @Test func aPartThatIsNotWellIsNamedAndNothingIsFed() async {
        await watchdog(part("wire", false), part("pods", true), part("changes", false)).look(within: .seconds(30))
        #expect(meals.count.withLock { $0 } == 0)
        #expect(log.messages(with: "from: changes, wire;").count == 1)
    }

    @Test func aPartThatNeverAnswersHoldsNobodyUp() async {
        let stuck = Watchdog.Part(name: "store") {
            // Ends only with its task: a question nobody answers.
            for await _ in AsyncStream<Void>.makeStream().stream {}
            return true
        }
        await watchdog(stuck, part("pods", true)).look(within: .milliseconds(10))
        #expect(meals.count.withLock { $0 } == 0)
        #expect(log.messages(with: "from: store;").count == 1)
    }

    @Test func aLoopWhoseRoundsNoLongerEndIsNotWell() {
        #expect(Watchdog.isRecent(nil), "the start has its own patience")
        #expect(Watchdog.isRecent(.seconds(3600)))
        #expect(!Watchdog.isRecent(.seconds(3601)))
    }

    @Test func aStepThatLastsTooLongShows() async {
        let progress = Progress()
        #expect(progress.isWithin(.zero))
        await progress.step { #expect(!progress.isWithin(.zero)) }
        #expect(progress.isWithin(.zero))
    }
}
