import Machine
import NodeKit
import Services
import Testing

/// systemd/drop-rules, which takes the agent's rules away when the unit stops and the package goes, on the kernel's tables.
@Suite struct DropRulesTests {
    /// The script as the package installs it.
    private static let script =
        #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 } + "/systemd/drop-rules"

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Rules of others, and what they need.
        let foreign: [String]
        /// Whether the chain is to be there afterwards, empty.
        let keepsChain: Bool
    }

    private static let stories = [
        Story(testDescription: "nothing of others", foreign: [], keepsChain: false),
        Story(testDescription: "Docker's rules", foreign: PacketFilterCase.docker, keepsChain: false),
        Story(
            testDescription: "a jump from another's chain", foreign: [":MINE - [0:0]", jump("MINE")], keepsChain: true),
        Story(
            testDescription: "a jump with a condition",
            foreign: ["-A PREROUTING -s 192.0.2.0/24 -j KUBE-PROXY"], keepsChain: true),
        Story(testDescription: "a goto", foreign: ["-A OUTPUT -g KUBE-PROXY"], keepsChain: true),
    ]

    private static func jump(_ chain: String) -> String { "-A \(chain) -j KUBE-PROXY" }

    @Test(
        "takes our jumps, rules and chain, and nothing of others", arguments: PacketFilterKernelTests.flavours, stories)
    func drops(flavour: IptablesFlavour, story: Story) async throws {
        let bench = try await PacketFilterKernelTests.Bench(flavour)
        try await bench.filter.apply(
            RuleTransaction(declaresChain: true, insertedJumps: NatHook.allCases, added: [PacketFilterCase.founding]))
        try await bench.network.run(
            flavour.restore, "--noflush", input: (["*nat"] + story.foreign + ["COMMIT", ""]).joined(separator: "\n"))
        let before = try await rules(bench)

        try await bench.network.run(Self.script)

        let ours = NatHook.allCases.map { Self.jump($0.rawValue) } + [IptablesText.line(of: PacketFilterCase.founding)]
        #expect(try await rules(bench) == before.filter { !ours.contains($0) })
        #expect(try await bench.saved().contains("\n:KUBE-PROXY ") == story.keepsChain)
        // Once more: a removal of the package runs it after the unit has.
        try await bench.network.run(Self.script)
    }

    private func rules(_ bench: PacketFilterKernelTests.Bench) async throws -> [String] {
        try await bench.saved().split(separator: "\n").map(String.init).filter { $0.hasPrefix("-A") }
    }
}
