import Machine
import NodeKit
import Services
import Testing

@Suite struct IptablesFilterTests {
    let runner = ScriptedRunner()

    private func filter(_ flavour: IptablesFlavour = .alternative) -> IptablesFilter {
        IptablesFilter(flavour, commands: runner)
    }

    @Test("a change is one run of one command", arguments: IptablesFlavour.allCases)
    func appliesOnce(flavour: IptablesFlavour) async throws {
        runner.on("\(flavour.rawValue)-restore", play: .prints(""))
        let transaction = RuleTransaction(added: [PacketFilterCase.founding])
        try await filter(flavour).apply(transaction)
        #expect(runner.lines == [["\(flavour.rawValue)-restore", "--noflush", "-w", "5"]])
        #expect(runner.commands.first?.input == IptablesText.input(for: transaction))
        #expect(runner.commands.first?.deadline == .seconds(35))
    }

    @Test("a look is one run of one command", arguments: IptablesFlavour.allCases)
    func inspectsOnce(flavour: IptablesFlavour) async throws {
        runner.on(
            "\(flavour.rawValue)-save", play: .prints("*nat\n:KUBE-PROXY - [0:0]\n-A KUBE-PROXY -j RETURN\nCOMMIT\n"))
        #expect(try await filter(flavour).inspect() == ChainState(exists: true, rules: ["-j RETURN"]))
        #expect(runner.lines == [["\(flavour.rawValue)-save", "-t", "nat"]])
    }

    struct Refusal: Sendable {
        var exit: Int32
        var text: String
        var code: FilterError.Code
        /// Of the three rules that were being added.
        var suspect: Int?
        var message: String
    }

    /// What iptables 1.8.9 says, word for word.
    static let refusals = [
        Refusal(
            exit: 4, text: "Another app is currently holding the xtables lock. Stopped waiting after 5s.\n",
            code: .locked,
            message: "Another app is currently holding the xtables lock. Stopped waiting after 5s."),
        Refusal(
            exit: 4,
            text: "iptables-nft-restore v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied "
                + "(you must be root)\n", code: .permissionDenied,
            message:
                "iptables-nft-restore v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied "
                + "(you must be root)"),
        Refusal(
            exit: 2,
            text: "iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'nat'\n\n"
                + "Error occurred at line: 1\nTry `iptables-restore -h' or 'iptables-restore --help' for more information.\n",
            code: .unsupported,
            message: "iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'nat'; "
                + "Error occurred at line: 1"),
        Refusal(
            exit: 1, text: "iptables-nft-restore: line 3 failed: No chain/target/match by that name.\n", code: .refused,
            suspect: 1, message: "iptables-nft-restore: line 3 failed: No chain/target/match by that name."),
        Refusal(
            exit: 1, text: "iptables-restore: line 5 failed\n", code: .refused,
            message: "iptables-restore: line 5 failed"),
        Refusal(
            exit: 4,
            text:
                "iptables-nft-restore v1.8.9 (nf_tables): \nline 4: RULE_APPEND failed (Invalid argument): rule in chain "
                + "KUBE-PROXY\n", code: .refused, suspect: 2,
            message:
                "iptables-nft-restore v1.8.9 (nf_tables):; line 4: RULE_APPEND failed (Invalid argument): rule in chain "
                + "KUBE-PROXY"),
        Refusal(
            exit: 2,
            text: "iptables-nft-restore v1.8.9 (nf_tables): invalid port/service `70000' specified\n"
                + "Error occurred at line: 2\nTry `iptables-nft-restore -h' for more information.\n", code: .refused,
            suspect: 0,
            message: "iptables-nft-restore v1.8.9 (nf_tables): invalid port/service `70000' specified; "
                + "Error occurred at line: 2"),
        Refusal(exit: 1, text: "", code: .failed, message: "exit code 1"),
        Refusal(exit: 139, text: "something new\n", code: .failed, message: "something new"),
    ]

    @Test("the words of iptables become an error, once and here", arguments: refusals)
    func readsRefusals(_ refusal: Refusal) async {
        runner.on("iptables-restore", play: .exits(refusal.exit, refusal.text))
        let rules = (1...3).map { PacketFilterCase.rule("s\($0)", UInt32($0), 1, to: 1) }
        await #expect(
            throws: FilterError(
                code: refusal.code, message: "iptables-restore: \(refusal.message)",
                suspect: refusal.suspect.map { rules[$0] })
        ) {
            try await filter().apply(RuleTransaction(added: rules))
        }
    }

    @Test(
        "a command that gives no answer is an error of its kind",
        arguments: [
            (CommandError.Code.notFound, FilterError.Code.notInstalled), (.deadlineExceeded, .timedOut),
            (.cancelled, .timedOut), (.outputTooLarge, .failed), (.spawnFailed, .failed),
        ])
    func readsNoAnswer(_ failure: CommandError.Code, _ code: FilterError.Code) async {
        runner.on(play: .fails(CommandError(code: failure, message: "no answer"))) { _ in true }
        await #expect(throws: FilterError(code: code, message: "no answer")) { try await filter().inspect() }
        await #expect(throws: FilterError(code: code, message: "no answer")) {
            try await filter().apply(RuleTransaction())
        }
    }

    @Test("a table that cannot be read is never taken for an empty one")
    func refusesUnreadable() async {
        runner.on(
            "iptables-save",
            play: .exits(1, "iptables-save v1.8.9 (legacy): Cannot initialize: Permission denied (you must be root)\n"))
        await #expect(throws: FilterError.self) { try await filter().inspect() }
    }

    static let chain = "*nat\n:KUBE-PROXY - [0:0]\nCOMMIT\n"

    @Test("a chain of ours left in the other flavour is told, whichever of them is in use")
    func warnsOfOtherFlavour() async {
        runner.on("iptables", "--version", play: .prints("iptables v1.8.9 (legacy)\n"))
        runner.on("iptables-nft-save", play: .prints(Self.chain))
        let warning =
            "iptables-nft has a chain KUBE-PROXY too, left by another setting of the packet filter: its rules may be taken "
            + "before those of iptables-legacy"
        #expect(await filter(.alternative).warnings() == [warning])
        #expect(await filter(.legacy).warnings() == [warning])
    }

    @Test("nothing is told of a flavour that is clean or not there")
    func warnsOfNothing() async {
        runner.on("iptables-nft-save", play: .prints("*nat\nCOMMIT\n"))
        #expect(await filter(.legacy).warnings().isEmpty)
        runner.on("iptables-nft-save", play: .fails(CommandError(code: .notFound, message: "gone")))
        #expect(await filter(.legacy).warnings().isEmpty)
    }

    @Test("the older flavour is asked only where it is in use, because asking would load it")
    func doesNotLoadLegacy() async {
        runner.on("iptables", "--version", play: .prints("iptables v1.8.9 (nf_tables)\n"))
        runner.on("iptables-legacy-save", play: .prints(Self.chain))
        for answer in [ScriptedRunner.Outcome.prints("filter\n"), .exits(1, "cat: no such file")] {
            runner.on("cat", play: answer)
            runner.forget()
            #expect(await filter().warnings().isEmpty)
            #expect(runner.lines == [["iptables", "--version"], ["cat", "/proc/net/ip_tables_names"]])
        }
        runner.on("cat", play: .prints("filter\nnat\n"))
        #expect(await filter().warnings().count == 1)
    }
}
