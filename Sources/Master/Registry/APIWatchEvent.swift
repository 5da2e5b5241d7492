public import ClusterModel

/// One change of a collection, as `/watch` shows it.
public struct APIWatchEvent: Sendable, Equatable {
    /// What happened to the object, as the selectors of the watch see it.
    public enum Change: String, Sendable, Hashable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    /// What happened.
    public var change: Change
    /// The object; when deleted, as it last was, with the revision of its end.
    public var object: APIObject

    /// A change of `object`.
    public init(_ change: Change, _ object: APIObject) {
        self.change = change
        self.object = object
    }

    /// `{"type":"ADDED","object":{…}}`.
    public func json() -> JSONObject {
        ["type": .string(change.rawValue), "object": .object(object.json())]
    }
}
