import Testing

@testable import Master

@Suite struct MinionRosterTests {
    private typealias Standing = MinionRoster.Standing

    private let silent = Standing.unready("not heard from for 10 s")

    /// Two minions, heard at 0; `b` stays so.
    private func roster() -> MinionRoster {
        var roster = MinionRoster()
        for minion in ["a", "b"] {
            roster.register(minion, true)
            roster.take(.heard(isReady: true, message: ""), of: minion)
        }
        #expect(roster.advance(now: .zero) == ["a", "b"])
        #expect(roster.next == nil)
        return roster
    }

    @Test func aSilentMinionIsReadyThenOutOfReachThenLost() {
        var roster = roster()
        roster.take(.silent(lastSeen: .seconds(5)), of: "a")
        #expect(roster.advance(now: .seconds(8)).isEmpty)
        #expect(roster.standing(of: "a") == .ready)
        #expect(roster.next == .seconds(15))
        #expect(roster.advance(now: .seconds(15)) == ["a"])
        #expect(roster.standing(of: "a") == silent)
        #expect(roster.next == .seconds(65))
        #expect(roster.advance(now: .seconds(65)) == ["a"])
        #expect(roster.standing(of: "a") == .lost)
        roster.take(.heard(isReady: true, message: ""), of: "a")
        #expect(roster.advance(now: .seconds(66)) == ["a"])
        #expect(roster.standing(of: "a") == .ready)
        #expect(roster.next == nil)
    }

    @Test func aMinionThatSaysItIsNotReadyIsNeverLost() {
        var roster = roster()
        roster.take(.heard(isReady: false, message: "docker is down"), of: "a")
        #expect(roster.advance(now: .seconds(1)) == ["a"])
        #expect(roster.advance(now: .seconds(1_000)).isEmpty)
        #expect(roster.standing(of: "a") == .unready("docker is down"))
    }

    @Test func aMinionThatCanStartNoPodTakesNoneAndKeepsItsOwn() {
        var roster = roster()
        roster.take(.heard(isReady: true, isSchedulable: false, message: "docker is down"), of: "a")
        #expect(roster.advance(now: .seconds(1)) == ["a"])
        #expect(roster.standing(of: "a") == .unschedulable("docker is down"))
        roster.take(.heard(isReady: true, message: ""), of: "a")
        #expect(roster.advance(now: .seconds(2)) == ["a"])
        #expect(roster.standing(of: "a") == .ready)
    }

    @Test func aMinionNeverHeardIsUnknownUntilItIsLost() {
        var roster = roster()
        roster.register("c", true)
        #expect(roster.advance(now: .seconds(100)).isEmpty)
        #expect(roster.standing(of: "c") == .unknown)
        #expect(roster.advance(now: .seconds(159)).isEmpty)
        #expect(roster.advance(now: .seconds(160)) == ["c"])
        #expect(roster.standing(of: "c") == .lost)
    }

    @Test func aMinionThatIsNoneIsOutOfReachThenLost() {
        var roster = roster()
        roster.expect("stranger")
        #expect(roster.advance(now: .seconds(1)) == ["stranger"])
        #expect(roster.standing(of: "stranger") == .unready("it is not one of the cluster's minions"))
        #expect(roster.advance(now: .seconds(61)) == ["stranger"])
        #expect(roster.standing(of: "stranger") == .lost)
        roster.register("a", false)
        #expect(roster.advance(now: .seconds(62)) == ["a"])
        #expect(roster.advance(now: .seconds(122)) == ["a"])
        #expect(roster.standing(of: "a") == .lost)
    }

    /// The master's own cable was cut: nobody is lost, and all have the whole grace when the first is heard again.
    @Test func whileNobodyIsHeardNobodyIsLost() {
        var roster = roster()
        for minion in ["a", "b"] { roster.take(.silent(lastSeen: .zero), of: minion) }
        #expect(roster.advance(now: .seconds(10)) == ["a", "b"])
        #expect(roster.standing(of: "a") == .unknown)
        #expect(roster.advance(now: .seconds(1_000)).isEmpty)
        roster.take(.heard(isReady: true, message: ""), of: "b")
        #expect(roster.next == .zero)
        #expect(roster.advance(now: .seconds(1_001)) == ["b"])
        #expect(roster.standing(of: "a") == .unknown)
        #expect(roster.advance(now: .seconds(1_011)) == ["a"])
        #expect(roster.standing(of: "a") == silent)
        #expect(roster.advance(now: .seconds(1_061)) == ["a"])
        #expect(roster.standing(of: "a") == .lost)
    }
}
