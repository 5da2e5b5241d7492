import ClusterModel
import Machine
import MasterKit
import NodeKit
import Testing

@testable import Master

@Suite("The machines of --machines")
struct MachineRegistrationTests {
    private let commands = ScriptedRunner()
    private let log = RecordingLog()

    /// Registers `machine`; returns it as it is stored.
    private func register(_ machine: String) async throws -> Minion {
        let fixture = try RegistryFixture()
        let registration = MachineRegistration(
            machines: [machine], registry: fixture.registry, commands: commands,
            time: MonotonicTime(ManualClock()), logger: log.logger)
        try await registration.run()
        try await fixture.settled()
        let stored = await fixture.mirror.objects(.minion)
        guard stored.count == 1, case .minion(let minion)? = stored.first else { throw RegistryFixture.NotAnObject() }
        return minion
    }

    @Test("one that is called by its address needs no other, and is stored as in 2014")
    func byAddress() async throws {
        let minion = try await register("172.16.213.140")
        #expect(minion.hostIP == "")
        #expect(minion.address?.description == "172.16.213.140")
        #expect(commands.lines == [])
    }

    @Test("one that is called by a name gets the name's first address")
    func byName() async throws {
        commands.on(
            "getent", "ahostsv4", "yy2.example",
            play: .prints("172.16.213.140  STREAM yy2.example\n172.16.213.140  DGRAM  \n172.16.213.9   STREAM \n"))
        let minion = try await register("yy2.example")
        #expect(minion.hostIP == "172.16.213.140")
        #expect(log.messages(with: "hostIP") == [])
    }

    @Test("a loopback address of a name is passed over, and told of where there is no other")
    func loopback() async throws {
        commands.on(
            "getent", "ahostsv4", "debian",
            play: .prints("127.0.1.1       STREAM debian\n127.0.1.1       DGRAM  \n172.16.213.9   STREAM \n"))
        #expect(try await register("debian").hostIP == "172.16.213.9")
        commands.on("getent", "ahostsv4", "alone", play: .prints("127.0.1.1       STREAM alone\n"))
        #expect(try await register("alone").hostIP == "")
        #expect(log.messages(with: "loopback").count == 1)
    }

    @Test(
        "one whose name says nothing is registered all the same, and told of",
        arguments: [
            ScriptedRunner.Outcome.exits(2), .prints("\n"),
            .fails(CommandError(code: .deadlineExceeded, message: "getent: no answer")),
        ])
    func unknownName(_ outcome: ScriptedRunner.Outcome) async throws {
        commands.on("getent", play: outcome)
        #expect(try await register("yy2.example").hostIP == "")
        #expect(log.messages(with: "minion yy2.example has no hostIP").count == 1)
    }

    @Test("one that is known already is not looked up")
    func known() async throws {
        let fixture = try RegistryFixture()
        commands.on("getent", play: .prints("172.16.213.140  STREAM yy2.example\n"))
        let registration = MachineRegistration(
            machines: ["yy2.example"], registry: fixture.registry, commands: commands,
            time: MonotonicTime(ManualClock()), logger: log.logger)
        try await registration.run()
        try await registration.run()
        #expect(commands.lines.count == 1)
    }

    @Test("goes on past one that cannot be registered, says which and why once, and tries it again")
    func goesOn() async throws {
        let fixture = try RegistryFixture()
        let clock = ManualClock()
        commands.on("getent", play: .exits(2))
        let registration = MachineRegistration(
            machines: ["a", "b"], registry: fixture.registry, commands: commands,
            time: MonotonicTime(clock), logger: log.logger)
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
        // Tried three times, looked up and told of once.
        #expect(log.messages(with: "minion a has no hostIP").count == 1)
    }
}
