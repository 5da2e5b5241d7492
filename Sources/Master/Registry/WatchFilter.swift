import ClusterModel

/// What a watch with selectors shows of the store's changes (reference §6.2): an object that begins to match was added for
/// this watch, one that no longer matches was deleted. It remembers the objects that match; without selectors nothing.
struct WatchFilter: Sendable {
    /// An object that is there when a watch begins.
    struct Present {
        var object: APIObject
        /// The revision that made it.
        var created: UInt64
    }

    private let namespace: String?
    private let labels: Selector
    private let fields: Selector
    /// Objects the reader knows, or may know: told as deleted when they do not match.
    private var shown: Set<ObjectRef> = []

    /// A filter for changes in `namespace`, `nil` for all, that both selectors match.
    init(namespace: String?, labels: Selector, fields: Selector) {
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }

    /// Whether an object may begin or cease to match.
    var isSelective: Bool { !labels.isEmpty || !fields.isEmpty }

    /// The first events: of what is there, what matches.
    mutating func begin(with present: [Present]) -> [APIWatchEvent] {
        present.compactMap { present in
            guard matches(present.object) else { return nil }
            if isSelective { shown.insert(present.object.ref) }
            let isNew = present.created == present.object.meta.resourceVersion
            return APIWatchEvent(isNew ? .added : .modified, present.object)
        }
    }

    /// Begins for a reader that knows what there was at `revision`. What changed since and was there before may have matched:
    /// the reader is rather told of the end of an object it never knew than left with one that is gone.
    mutating func resume(with present: [Present], after revision: UInt64) {
        for present in present where present.created <= revision {
            let isUnchanged = present.object.meta.resourceVersion <= revision
            if !isUnchanged || matches(present.object) { shown.insert(present.object.ref) }
        }
    }

    /// What the watch shows of `event`, whose document holds `object`.
    mutating func apply(_ event: StoreEvent, object: APIObject) -> APIWatchEvent? {
        guard namespace == nil || object.meta.namespace == namespace else { return nil }
        switch event {
        case .put(let entry):
            let isNew = entry.created == entry.modified
            guard isSelective else { return APIWatchEvent(isNew ? .added : .modified, object) }
            if matches(object) {
                return APIWatchEvent(shown.insert(object.ref).inserted ? .added : .modified, object)
            }
            return shown.remove(object.ref).map { _ in APIWatchEvent(.deleted, object) }
        case .removed(_, let revision):
            var last = object
            last.meta.resourceVersion = revision
            let wasShown = shown.remove(object.ref) != nil
            return wasShown || matches(object) ? APIWatchEvent(.deleted, last) : nil
        }
    }

    private func matches(_ object: APIObject) -> Bool {
        (namespace == nil || object.meta.namespace == namespace) && labels.matches(object.labels)
            && (fields.isEmpty || fields.matches(object.selectableFields))
    }
}
