/// A v1beta1 event: something that happened to an object, for people to read (reference §1.6). Nobody changes it once it is
/// written; who wrote it may count how often it has happened since.
public struct Event: Sendable, Equatable {
    /// `id` is usually the object's name, a dot and the time in nanoseconds as hexadecimal digits.
    public var meta: ObjectMeta
    /// What it happened to.
    public var involvedObject: ObjectReference
    /// The state the object came to, in one word.
    public var status: String
    /// Why, in one CamelCase word.
    public var reason: String
    /// For people.
    public var message: String
    /// Who says so: `scheduler`, `kubelet`.
    public var source: String
    /// How often it has happened; 0 where nobody counts. Not known in 2014.
    public var count: Int
    /// When it happened last, RFC 3339; `nil` where nobody counts. The first time is `creationTimestamp`.
    public var lastTimestamp: String?

    /// An event; what is not given is empty.
    public init(
        meta: ObjectMeta, involvedObject: ObjectReference, status: String = "", reason: String = "",
        message: String = "", source: String = "", count: Int = 0, lastTimestamp: String? = nil
    ) {
        self.meta = meta
        self.involvedObject = involvedObject
        self.status = status
        self.reason = reason
        self.message = message
        self.source = source
        self.count = count
        self.lastTimestamp = lastTimestamp
    }
}

/// An object as an event names it; every part may be empty.
public struct ObjectReference: Sendable, Equatable {
    /// The kind as objects spell it.
    public var kind: String
    /// The object's namespace.
    public var namespace: String
    /// The object's `id`.
    public var name: String
    /// The incarnation that is meant.
    public var uid: String
    /// The API version `fieldPath` is to be read in.
    public var apiVersion: String
    /// The version of the object that is meant; 0 for any.
    public var resourceVersion: UInt64
    /// The part of the object that is meant: `desiredState.manifest.containers[2]`.
    public var fieldPath: String

    /// A reference; what is not given is empty.
    public init(
        kind: String = "", namespace: String = "", name: String = "", uid: String = "", apiVersion: String = "",
        resourceVersion: UInt64 = 0, fieldPath: String = ""
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.apiVersion = apiVersion
        self.resourceVersion = resourceVersion
        self.fieldPath = fieldPath
    }
}
