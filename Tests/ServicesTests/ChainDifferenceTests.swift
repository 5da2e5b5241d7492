import ClusterModel
import NodeKit
import Services
import Testing

@Suite struct ChainDifferenceTests {
    static let founding = PacketFilterCase.founding
    static let text = PacketFilterCase.foundingText
    static let whole: [NatHook: Int] = [.prerouting: 1, .output: 1]

    private func difference(
        _ kernel: ChainState, wanting rules: [PortalRule], strangers: ChainDifference.Strangers = .removed
    ) -> ChainDifference {
        var wanted = Ruleset()
        for rule in rules { wanted[rule.key] = rule }
        return ChainDifference(kernel: kernel, wanted: wanted, strangers: strangers)
    }

    @Test("the kernel as wanted is no difference, in any order")
    func equal() {
        let other = PacketFilterCase.rule("web", 0x0A0B_0002, 80, to: 4)
        let kernel = ChainState(
            exists: true, rules: [IptablesText.specification(of: other), Self.text], jumps: Self.whole,
            foreignReferences: ["-A MINE -j KUBE-PROXY"])
        #expect(difference(kernel, wanting: [Self.founding, other]).isEmpty)
        #expect(difference(kernel, wanting: [Self.founding, other], strangers: .kept(butTo: [])).isEmpty)
    }

    @Test("chain and jumps are told apart")
    func frame() {
        let bare = difference(ChainState(), wanting: [])
        #expect(bare.lacksChain && bare.missingJumps == [.prerouting, .output] && !bare.isEmpty)
        let lame = difference(ChainState(exists: true, jumps: [.prerouting: 3]), wanting: [])
        #expect(!lame.lacksChain && lame.missingJumps == [.output] && lame.surplusJumps == [.prerouting, .prerouting])
    }

    @Test("any other spelling is another rule, and a second copy is one too many")
    func spelling() {
        let spelt = Self.text.replacing("/32", with: "")
        let kernel = ChainState(exists: true, rules: [spelt, Self.text, Self.text], jumps: Self.whole)
        let found = difference(kernel, wanting: [Self.founding])
        #expect(found.missing.isEmpty)
        #expect(found.unwanted == [spelt, Self.text])
    }

    @Test("with services still unknown only a rule for a wanted portal goes")
    func keepsStrangers() {
        let stale = Self.text.replacing("33945", with: "1")
        let unknown = IptablesText.specification(of: PacketFilterCase.rule("web", 0x0A0B_0002, 80, to: 4))
        let kernel = ChainState(exists: true, rules: [stale, unknown, "-j RETURN"], jumps: Self.whole)
        let kept = difference(kernel, wanting: [Self.founding], strangers: .kept(butTo: []))
        #expect(kept.missing == [Self.founding])
        #expect(kept.unwanted == [stale])
        #expect(difference(kernel, wanting: [], strangers: .kept(butTo: [4])).unwanted == [unknown])
        #expect(difference(kernel, wanting: [Self.founding]).unwanted == [stale, unknown, "-j RETURN"])
    }
}
