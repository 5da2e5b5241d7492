public import ClusterModel
import Wire

/// One line of a watch (reference §6.2).
public struct APIWatchEvent: Sendable, Equatable {
    /// What happened to the object.
    public enum Change: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    /// What happened.
    public var change: Change
    /// The object after it; before it, if it was deleted.
    public var object: JSONObject
}

/// The events of a watch, as they are asked for: a reader that stops reading stops the server, by TCP's own window.
public struct APIWatch: AsyncSequence {
    let lines: APILines

    /// Reads the events, one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var lines: APILines.AsyncIterator

        /// The next event; `nil` when the server ended the watch. A watch that ends is begun again by its reader.
        ///
        /// Throws `refused` for an ERROR event (410: the version is too old, list again), `tooLarge`, `notUnderstood`
        /// and `unreachable`.
        public mutating func next() async throws(APIError) -> APIWatchEvent? {
            while let line = try await lines.next() {
                if line.contains(where: { $0 > 0x20 }) { return try APIWatchEvent(line: line) }
            }
            return nil
        }
    }

    /// Begins reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(lines: lines.makeAsyncIterator())
    }
}

extension APIWatchEvent {
    /// Throws `refused` for an ERROR event and `notUnderstood` for what is none.
    init(line: [UInt8]) throws(APIError) {
        // Why it is no JSON helps nobody who did not write it.
        guard case .object(let event)? = try? JSONText.parse(line), case .object(let object)? = event["object"] else {
            throw APIError(code: .notUnderstood, message: "the server sent a line that is no event of a watch")
        }
        guard let change = Change(rawValue: event.string("type")) else {
            var code: Int?
            if case .int(let number)? = object["code"] { code = Int(number) }
            throw APIError(
                code: .refused, message: object.string("message"), httpStatus: code, status: object)
        }
        self.init(change: change, object: object)
    }
}

extension APIClient {
    /// Follows a collection: with `version` 0 the objects there are first, with another what changed after it. There is no
    /// deadline; cancelling the reader ends it.
    ///
    /// Throws `refused`, `unreachable` and `notUnderstood`.
    public func watch(
        _ resource: APIResource, namespace: String = "", labels: String = "", fields: String = "", after version: UInt64
    ) async throws(APIError) -> APIWatch {
        let request = APIRequest(.get, ["watch", resource.pathName])
            .adding("resourceVersion", version == 0 ? "" : String(version))
            .adding("namespace", namespace).adding("labels", labels).adding("fields", fields)
        return APIWatch(lines: try await lines(request))
    }
}
