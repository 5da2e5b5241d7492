import Machine
import NodeKit
import Services
import Testing

/// The filters of the kernel this runs on: the same cases as the fake, and what only the real commands can say.
@Suite struct PacketFilterKernelTests {
    static let flavours: [IptablesFlavour] = [.nft, .legacy]

    struct Bench: NatTableBench {
        let flavour: IptablesFlavour
        let network: PrivateNetwork
        var filter: any PacketFilter { IptablesFilter(flavour, commands: network.commands) }

        init(_ flavour: IptablesFlavour) async throws {
            self.flavour = flavour
            network = try await PrivateNetwork()
        }

        func reset(_ text: String) async throws {
            try await network.run(flavour.restore, input: "*nat\nCOMMIT\n")
            try await network.run(flavour.restore, "--noflush", input: text)
        }

        func saved() async throws -> String { try await network.run(flavour.save, "-t", "nat") }
    }

    @Test("does what every packet filter must do", arguments: flavours, PacketFilterCase.all)
    func passes(flavour: IptablesFlavour, test: PacketFilterCase) async throws {
        let (foreignBefore, outcome) = try await test.run(on: try await Bench(flavour))
        #expect(outcome.state == test.expected)
        #expect(outcome.error == test.error)
        #expect(outcome.foreign == foreignBefore)
        for hook in test.transaction.insertedJumps {
            #expect(outcome.first[hook] == "-A \(hook.rawValue) -j KUBE-PROXY")
        }
    }

    @Test("shows the founding rule as the article does", arguments: flavours)
    func founding(flavour: IptablesFlavour) async throws {
        let bench = try await Bench(flavour)
        try await bench.filter.apply(
            RuleTransaction(
                declaresChain: true, insertedJumps: NatHook.allCases, added: [PacketFilterCase.founding]))
        let listing = try await bench.network.run(flavour.rawValue, "-t", "nat", "-S", "KUBE-PROXY")
        #expect(
            listing.split(separator: "\n").last.map(String.init)
                == "-A KUBE-PROXY -d 10.11.0.1/32 -p tcp -m comment --comment apache-service -m tcp --dport 12345 "
                + "-j REDIRECT --to-ports 33945")
        let table = try await bench.network.run(flavour.rawValue, "-t", "nat", "-n", "-L", "KUBE-PROXY")
        #expect(table.hasPrefix("Chain KUBE-PROXY (2 references)"))
    }

    @Test("the longest name the planner accepts is the longest the kernel keeps", arguments: flavours)
    func longestComment(flavour: IptablesFlavour) async throws {
        let bench = try await Bench(flavour)
        let longest = PacketFilterCase.rule(String(repeating: "x", count: ServicePlanner.commentLimit), 1, 1, to: 1)
        try await bench.filter.apply(RuleTransaction(declaresChain: true, added: [longest]))
        #expect(try await bench.filter.inspect().rules == [IptablesText.specification(of: longest)])
        // One byte more is cut without a word: such a rule would look changed for ever.
        let longer = PacketFilterCase.rule(longest.comment + "x", 1, 1, to: 1)
        try await bench.filter.apply(RuleTransaction(declaresChain: true, added: [longer]))
        #expect(try await bench.filter.inspect().rules == [IptablesText.specification(of: longest)])
    }

    @Test("a rule that cannot be takes nothing else with it, and is refused by itself", arguments: flavours)
    func refused(flavour: IptablesFlavour) async throws {
        let bench = try await Bench(flavour)
        // The planner lets no such name pass: its line ends in the middle of the quotes.
        let impossible = PacketFilterCase.rule("bad\nname", 2, 1, to: 1)
        do throws(FilterError) {
            try await bench.filter.apply(
                RuleTransaction(declaresChain: true, added: [PacketFilterCase.founding, impossible]))
            Issue.record("half a line was accepted")
        } catch {
            #expect(error.code == .refused)
        }
        #expect(try await bench.filter.inspect() == ChainState())
    }

    @Test("the rule on the line that iptables complains of is found", arguments: flavours)
    func suspect(flavour: IptablesFlavour) async throws {
        let bench = try await Bench(flavour)
        do throws(FilterError) {
            try await bench.filter.apply(RuleTransaction(added: [PacketFilterCase.founding]))
            Issue.record("a rule was added to a chain that is not there")
        } catch {
            #expect(error.suspect == PacketFilterCase.founding)
        }
    }

    @Test("without the right to change tables the answer says so", arguments: flavours)
    func withoutPermission(flavour: IptablesFlavour) async throws {
        let network = try await PrivateNetwork()
        var commands = network.commands
        commands.words += ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]
        let filter = IptablesFilter(flavour, commands: commands)
        do throws(FilterError) {
            _ = try await filter.inspect()
            Issue.record("the table was read")
        } catch {
            #expect(error.code == .permissionDenied)
        }
    }

    @Test("a lock that others hold is waited for, then named")
    func lockHeld() async throws {
        let network = try await PrivateNetwork()
        // A lock file of the test's own (iptables(8), XTABLES_LOCKFILE): the usual one is the whole machine's.
        let lock = try TestLock()
        var commands = network.commands
        commands.environment["XTABLES_LOCKFILE"] = lock.path
        let filter = IptablesFilter(.legacy, commands: commands, lockWait: .seconds(1))
        let transaction = RuleTransaction(declaresChain: true)
        try lock.take()
        do throws(FilterError) {
            try await filter.apply(transaction)
            Issue.record("the lock was not waited for")
        } catch {
            #expect(error.code == .locked)
        }
        try lock.release()
        try await filter.apply(transaction)
    }

    @Test("flavours that are not installed are named")
    func notInstalled() async throws {
        let network = try await PrivateNetwork()
        var commands = network.commands
        commands.words = ["/no/such/program"]
        do throws(FilterError) {
            _ = try await IptablesFilter(.nft, commands: commands).inspect()
            Issue.record("the table was read")
        } catch {
            #expect(error.code == .notInstalled)
        }
    }

    @Test("a chain left in the other flavour is found, in either direction", arguments: flavours)
    func warnsOfOther(flavour: IptablesFlavour) async throws {
        let bench = try await Bench(flavour)
        let other = IptablesFilter(flavour == .nft ? .legacy : .nft, commands: bench.network.commands)
        #expect(await bench.filter.warnings().isEmpty)
        try await other.apply(RuleTransaction(declaresChain: true))
        #expect(await bench.filter.warnings().count == 1)
    }

    @Test("looking for the older flavour's chain does not load that flavour")
    func doesNotLoadLegacy() async throws {
        let bench = try await Bench(.nft)
        #expect(await bench.filter.warnings().isEmpty)
        let tables = try await bench.network.run("cat", "/proc/net/ip_tables_names")
        #expect(tables.isEmpty)
    }
}
