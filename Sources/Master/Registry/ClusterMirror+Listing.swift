import ClusterModel
import Logging

/// How the mirror reads the whole store.
extension ClusterMirror {
    /// One kind after the other, so that the documents of one at a time are in memory beside their objects. Who has a feed
    /// waits for `synced`.
    func listFirst() async throws(StoreError) {
        for kind in APIKind.allCases {
            let listing = try await list(kind)
            if contents.isContradicted(by: listing, of: kind) {
                beginAnew()
                throw StoreError(.gone, "what was read of it is of another state")
            }
            publish(contents.replace(kind, by: listing, decoder: decoder))
        }
        publish(contents.finishListing())
    }

    /// All at once: who follows a feed must not take half of what was missed for the whole.
    func listAnew() async throws(StoreError) {
        var listings: [(kind: APIKind, listing: StoreListing)] = []
        for kind in APIKind.allCases { listings.append((kind, try await list(kind))) }
        if listings.contains(where: { contents.isContradicted(by: $0.listing, of: $0.kind) }) {
            beginAnew()
        }
        let changes = listings.flatMap { contents.replace($0.kind, by: $0.listing, decoder: decoder) }
        publish(changes + contents.finishListing())
    }

    /// The store contradicts what was read of it before: who follows a feed has what never was, or is no more.
    private func beginAnew() {
        logger.error("the store was put back to an earlier state, or is another one: everything begins anew")
        endFeeds()
        contents = MirrorContents()
    }

    private func list(_ kind: APIKind) async throws(StoreError) -> StoreListing {
        try await store.list(Resource(kind).rawValue, namespace: nil)
    }
}
