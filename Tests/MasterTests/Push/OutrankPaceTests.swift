import Machine
import NodeKit
import Testing

@testable import Master

@Suite("The pace of outranking")
struct OutrankPaceTests {
    @Test("is one at once, then one after pauses that double up to an hour, each above everything told meanwhile")
    func pace() {
        let clock = ManualClock()
        let pace = OutrankPace(MonotonicTime(clock))
        #expect(pace.take(Lead.termLimit + 1) == nil, "nobody can go on from there")
        #expect(pace.take(10) == 10)
        var pause = OutrankPace.first
        for _ in 1...8 {
            #expect(pace.take(30) == nil)
            clock.advance(by: pause - .seconds(1))
            #expect(pace.take(20) == nil)
            clock.advance(by: .seconds(1))
            #expect(pace.take(11) == 30)
            pause = min(pause * 2, OutrankPace.last)
        }
        #expect(pause == .seconds(3_600))
    }
}
