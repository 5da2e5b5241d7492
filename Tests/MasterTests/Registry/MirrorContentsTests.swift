import ClusterModel
import Testing

@testable import Master

@Suite("What a mirror knows")
struct MirrorContentsTests {
    private func listing(_ revision: UInt64, incarnation: UInt64 = 7, _ objects: APIObject...) -> StoreListing {
        let entries = objects.map { object in
            let version = object.meta.resourceVersion
            return StoreEntry(key: object.ref.storeKey, value: object.document, created: version, modified: version)
        }
        return StoreListing(entries: entries, revision: revision, incarnation: incarnation)
    }

    @Test("a store that is replaced between two kinds of one listing is told from one that goes on")
    func replacedMeanwhile() {
        var contents = MirrorContents()
        #expect(!contents.isContradicted(by: listing(1), of: .pod), "nothing is known yet")
        _ = contents.replace(
            .service, by: listing(5, makeService("web", version: 4)), decoder: DocumentDecoder())
        #expect(!contents.isSynced)
        #expect(!contents.isContradicted(by: listing(6), of: .pod))
        #expect(contents.isContradicted(by: listing(4), of: .pod), "its counter went back")
        #expect(contents.isContradicted(by: listing(6, incarnation: 8), of: .pod), "another store")
        let earlier = listing(6, makeService("web", version: 3))
        #expect(contents.isContradicted(by: earlier, of: .service), "an object went back")
    }

    @Test("is synced, and says so, when every kind was listed")
    func finished() {
        var contents = MirrorContents()
        for kind in APIKind.allCases {
            #expect(contents.replace(kind, by: listing(1), decoder: DocumentDecoder()).isEmpty)
            #expect(!contents.isSynced && contents.isStale)
        }
        #expect(contents.finishListing() == [.synced])
        #expect(contents.isSynced && !contents.isStale)
        #expect(contents.finishListing().isEmpty, "it is told once")
    }
}
