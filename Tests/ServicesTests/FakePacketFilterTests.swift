import NodeKit
import Services
import Testing

/// The fake passes the cases of the kernel's own filters, so that the stories played on it hold for those.
@Suite struct FakePacketFilterTests {
    struct Bench: NatTableBench {
        let fake = FakePacketFilter()
        var filter: any PacketFilter { fake }

        func reset(_ text: String) throws {
            var table = FakeNatTable()
            try table.restore(text)
            fake.table = table
        }

        func saved() -> String { fake.table.saved }
    }

    @Test("does what every packet filter must do", arguments: PacketFilterCase.all)
    func passes(_ test: PacketFilterCase) async throws {
        let (foreignBefore, outcome) = try await test.run(on: Bench())
        #expect(outcome.state == test.expected)
        #expect(outcome.error == test.error)
        #expect(outcome.foreign == foreignBefore)
        for hook in test.transaction.insertedJumps {
            #expect(outcome.first[hook] == "-A \(hook.rawValue) -j KUBE-PROXY")
        }
    }
}
