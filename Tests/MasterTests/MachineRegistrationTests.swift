import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

@Suite("The registration of machines")
struct MachineRegistrationTests {
    @Test("goes on past one that cannot be registered, says which and why once, and tries it again")
    func goesOn() async throws {
        let fixture = try RegistryFixture()
        let (clock, log) = (ManualClock(), RecordingLog())
        let registration = MachineRegistration(
            machines: ["a", "b"], registry: fixture.registry, time: MonotonicTime(clock), logger: log.logger)
        fixture.store.failCommits(.before(.unavailable))
        async let done: Void = registration.run()
        try await eventually("it waits") { clock.sleeperCount == 1 }
        #expect(try await fixture.names(.minions) == ["b"])
        fixture.store.failCommits(.before(.unavailable))
        clock.advance(by: MachineRegistration.retry)
        try await eventually("it waits again") {
            clock.nextDeadline.map { $0 > clock.now } ?? false
        }
        #expect(log.messages(with: "minion a cannot be registered").count == 1)
        clock.advance(by: MachineRegistration.retry)
        try await done
        #expect(try await fixture.names(.minions) == ["a", "b"])
    }
}
