import NodeKit
import Synchronization
import Testing

@testable import Master

@Suite("The window of a link")
struct LinkWindowTests {
    /// A link of that window, after its minion was given the full set of nothing.
    private func run(window: Int, _ body: @Sendable (PushLink, FakeMinion) async throws -> Void) async throws {
        try await FakeMinion.run { minion, port in
            var settings = PushLink.settings
            settings.window = window
            let push = PushLink(port: port, settings: settings)
            try await push.run {
                try await eventually("the full set") { minion.fullSets == 1 }
                try await body(push, minion)
            }
        }
    }

    @Test("has no more under way than the window, however long the minion stores nothing")
    func window() async throws {
        try await run(window: 3) { push, minion in
            minion.state.withLock { $0.faults.holdsAcks = true }
            for number in 1...9 { push.put(makeService("s\(number)", version: UInt64(number))) }
            try await eventually("the window") { push.phase(serviceKey("s3")) == .sent }
            #expect(push.phase(serviceKey("s4")) == .waiting)
        }
    }

    @Test("goes on with what found no room in the window as soon as the minion has stored something")
    func fullWindow() async throws {
        try await run(window: 2) { push, minion in
            push.put(
                makeService("a", version: 1), makeService("b", version: 2), makeService("c", version: 3),
                makeService("d", version: 4), makeService("e", version: 5))
            try await eventually("all of them") { minion.objects.count == 5 }
        }
    }
}
