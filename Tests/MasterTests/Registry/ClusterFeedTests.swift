import ClusterModel
import Testing

@testable import Master

@Suite("A feed of changes", .timeLimit(.minutes(1)))
struct ClusterFeedTests {
    private let old = makeService("web", version: 1)
    private let new = makeService("web", version: 3)

    @Test("gives what it began with before what came since, as two changes of one object")
    func beginning() async {
        let feed = ClusterFeed([.put(old), .synced], revision: 1)
        feed.add([.put(new)], revision: 3)
        #expect(feed.revision == 0)
        #expect(await feed.take() == [.put(old), .synced, .put(new)])
        #expect(feed.revision == 3)
        feed.close()
        #expect(await feed.take() == nil, "the beginning comes once")
    }

    @Test("tells that what it began with is gone, also where there is a new object of the name")
    func replaced() async {
        let feed = ClusterFeed([.put(old)], revision: 1)
        feed.add([.removed(last: old, revision: 2)], revision: 2)
        feed.add([.put(new)], revision: 3)
        #expect(await feed.take() == [.put(old), .removed(last: old, revision: 2), .put(new)])
    }

    @Test("can be taken from at once where it began with something")
    func wakes() async {
        #expect(await ClusterFeed([.synced]).take() == [.synced])
    }
}
