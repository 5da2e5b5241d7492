public import ClusterModel
import Synchronization

extension Registry {
    /// Every change after `revision`, once and in order; what the selectors no longer match is told as deleted, what they
    /// match anew as added. With revision 0 what there is comes first: added, or modified if it ever was.
    /// The stream ends with an `APIFailure`: 410 when changes after `revision` are no longer kept or the reader is too slow.
    ///
    /// Objects are shown as they are stored: pods wait, whatever their minions say (as recorded).
    public func watch(
        _ resource: Resource, namespace: String?, labels: Selector, fields: Selector, after revision: UInt64
    ) async throws(APIFailure) -> APIWatch {
        guard resource.isWatchable else { throw .notFound(resource.messageName, "watch") }
        try check(labels, fields, on: resource, watching: true)
        do throws(StoreError) {
            var filter = WatchFilter(namespace: namespace, labels: labels, fields: fields)
            // Also for a resumed watch with selectors: what has not changed since tells what the client has seen.
            let listing =
                revision == 0 || filter.isSelective
                ? try await store.list(resource.rawValue, namespace: namespace) : nil
            var present: [WatchFilter.Present] = []
            for entry in listing?.entries ?? [] {
                present.append(.init(object: try documents.watched(entry), created: entry.created))
            }
            let first = revision == 0 ? filter.begin(with: present) : []
            if revision != 0 { filter.resume(with: present, after: revision) }
            let start = revision == 0 ? listing?.revision ?? 0 : revision
            let events = try await store.watch([resource.rawValue], after: start)
            return APIWatch(first: FirstEvents(first), filter: filter, events: events, documents: documents)
        } catch {
            throw error.failure
        }
    }
}

/// The events of one watch; pulls from the store as fast as it is read and buffers nothing itself.
public struct APIWatch: AsyncSequence, Sendable {
    /// One change.
    public typealias Element = APIWatchEvent

    let first: FirstEvents
    let filter: WatchFilter
    let events: AsyncThrowingStream<StoreEvent, any Error>
    let documents: DocumentDecoder

    /// Reads from the beginning; a watch is read once.
    public func makeAsyncIterator() -> Iterator {
        Iterator(reversed: first.take(), filter: filter, events: events.makeAsyncIterator(), documents: documents)
    }

    /// Reads one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        /// The first events that are still to come, the last of them first.
        var reversed: [APIWatchEvent]
        var filter: WatchFilter
        var events: AsyncThrowingStream<StoreEvent, any Error>.Iterator
        let documents: DocumentDecoder

        /// The next event; `nil` once the task was cancelled. Throws `APIFailure`.
        public mutating func next() async throws -> APIWatchEvent? {
            if let event = reversed.popLast() {
                // A watch may live for weeks.
                if reversed.isEmpty { reversed = [] }
                return event
            }
            do {
                while let event = try await events.next() {
                    if let shown = filter.apply(event, object: try documents.watched(event.entry)) { return shown }
                }
                return nil
            } catch let error as StoreError {
                throw error.failure
            }
        }
    }
}

/// What a watch begins with, held until it is read: whoever keeps the watch keeps none of it.
final class FirstEvents: Sendable {
    private let events: Mutex<[APIWatchEvent]>

    init(_ events: [APIWatchEvent]) {
        self.events = Mutex(events)
    }

    /// How many there are still.
    var count: Int { events.withLock(\.count) }

    /// Hands them out, the last first; nothing the second time.
    func take() -> [APIWatchEvent] {
        events.withLock { events in
            defer { events = [] }
            return events.reversed()
        }
    }
}

extension StoreEvent {
    /// The document, as it is or as it last was.
    fileprivate var entry: StoreEntry {
        switch self {
        case .put(let entry), .removed(let entry, _): entry
        }
    }
}

extension DocumentDecoder {
    /// The object as a watch shows it: a pod waits.
    fileprivate func watched(_ entry: StoreEntry) throws(StoreError) -> APIObject {
        var object = try object(entry)
        if case .pod(var pod) = object {
            pod.currentState = PodState(status: .waiting)
            object = .pod(pod)
        }
        return object
    }
}
