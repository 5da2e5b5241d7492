import ClusterModel
import Testing
import Wire

@testable import Agent

@Suite struct OutboxTests {
    private let web = ObjectKey(kind: .pod, name: "web")
    private let pong = Reply.pong(id: nil)

    @Test func changesOfOneObjectCoalesce() async {
        let outbox = Outbox()
        outbox.mark([web])
        outbox.mark([web, ObjectKey(kind: .pod, name: "db")], closing: [.synced(id: .int(1))])
        await outbox.push([pong])
        let load = await outbox.take()
        #expect(load?.changed.map(\.name) == ["web", "db"])
        #expect(load?.replies == [pong])
        #expect(load?.closing == [.synced(id: .int(1))])
    }

    @Test func whatIsTakenBackIsNotSent() async {
        let outbox = Outbox()
        outbox.mark([web], closing: [.synced(id: .int(1)), .synced(id: .int(2))])
        outbox.withdraw(.synced(id: .int(1)))
        #expect(!outbox.isEmpty)
        #expect(await outbox.take()?.closing == [.synced(id: .int(2))])
        #expect(outbox.isEmpty)
    }

    @Test func aClosedBoxGivesItsRestAndEnds() async {
        let outbox = Outbox()
        await outbox.push([pong])
        outbox.close()
        #expect(await outbox.take()?.replies == [pong])
        #expect(await outbox.take() == nil)
    }

    @Test func repliesQueuedSinceTheLoadCanBeTakenForIt() async {
        let outbox = Outbox()
        outbox.mark([web])
        #expect(await outbox.take()?.replies == [])
        await outbox.push([pong])
        #expect(outbox.takeReplies() == [pong])
        #expect(outbox.takeReplies() == [] && outbox.isEmpty)
    }

    @Test func takingWaitsForSomething() async {
        let outbox = Outbox()
        async let load = outbox.take()
        outbox.markNode()
        #expect(await load?.nodeChanged == true)
    }

    @Test func aFullBoxHoldsItsWriterUntilItIsTaken() async {
        let outbox = Outbox()
        await confirmation { pushed in
            async let push: Void = {
                await outbox.push(Array(repeating: .pong(id: nil), count: Outbox.replyLimit + 1))
                pushed()
            }()
            var taken = 0
            while taken <= Outbox.replyLimit { taken += await outbox.take()?.replies.count ?? 0 }
            await push
        }
    }
}

extension Outbox.Load: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        left.replies == right.replies && left.changed == right.changed && left.closing == right.closing
    }
}
