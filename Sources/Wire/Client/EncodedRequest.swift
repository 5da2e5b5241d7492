public import ClusterModel

/// A request whose objects are JSON text already: what is sent to a thousand nodes is encoded once.
public struct EncodedRequest: Sendable, Equatable {
    private let operation: OperationName
    /// `,"object":{…},"resourceVersion":121`: what stands behind `op` and `id`.
    private let members: [UInt8]

    private init(_ operation: OperationName, _ members: [UInt8] = []) {
        self.operation = operation
        self.members = members
    }

    /// Adds or updates the object whose text is `object`, braces included.
    public static func apply(_ object: [UInt8], resourceVersion: UInt64?) -> EncodedRequest {
        var members = Array(#","object":"#.utf8)
        members += object
        Self.append(resourceVersion, to: &members)
        return EncodedRequest(.apply, members)
    }

    /// The whole set of `kind`, or a part of it (PROTOCOL `set`): `items` is the text between the brackets.
    public static func set(
        _ kind: ObjectKind, items: [UInt8], resourceVersion: UInt64?, more: Bool
    ) -> EncodedRequest {
        var members = Array(#","kind":"\#(kind.rawValue)","items":["#.utf8)
        members += items
        members.append(UInt8(ascii: "]"))
        Self.append(resourceVersion, to: &members)
        if more { members += #","more":true"#.utf8 }
        return EncodedRequest(.set, members)
    }

    /// Removes the object.
    public static func remove(_ key: ObjectKey, resourceVersion: UInt64?) -> EncodedRequest {
        let object: JSONObject = [
            "kind": .string(key.kind.rawValue), "name": .string(key.name), "namespace": .string(key.namespace),
        ]
        var text: [UInt8] = []
        object.write(into: &text)
        var members = [UInt8(ascii: ",")] + text.dropFirst().dropLast()
        Self.append(resourceVersion, to: &members)
        return EncodedRequest(.remove, members)
    }

    /// Everything up to `commit` is one change.
    public static let begin = EncodedRequest(.begin)
    /// Ends what `begin` began.
    public static let commit = EncodedRequest(.commit)
    /// Asks for a `pong`.
    public static let ping = EncodedRequest(.ping)

    private static func append(_ version: UInt64?, to members: inout [UInt8]) {
        guard let version else { return }
        members += #","resourceVersion":\#(Int64(clamping: version))"#.utf8
    }

    /// The line of this request with `id`, `\n` included.
    func line(id: RequestID) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(members.count + 64)
        line += #"{"op":"\#(operation.rawValue)","id":"#.utf8
        id.json.write(into: &line)
        line += members
        line += "}\n".utf8
        return line
    }
}

/// The lines of several requests.
public struct RequestBatch: Sendable {
    fileprivate var lines: [UInt8] = []
    fileprivate var longestLine = 0

    /// No request.
    public init() {}

    /// Whether there is none.
    public var isEmpty: Bool { lines.isEmpty }
    /// The length of all lines together, in bytes.
    public var byteCount: Int { lines.count }

    /// Adds a request under an id of `WireSession.open`.
    public mutating func append(_ request: EncodedRequest, id: RequestID) {
        let line = request.line(id: id)
        longestLine = max(longestLine, line.count - 1)
        lines += line
    }
}

extension WireSession {
    /// An id for a request that is then sent with `send(_:id:)`. `receive` is given the replies to it as they come, on the task
    /// that reads the connection, up to the last one or a failure: the `WireFault` with which the agent refuses, or why the
    /// session ended. It must only take note. With `nil` what comes is dropped: for what the agent does not answer, `begin` and
    /// the parts of a set before the last.
    ///
    /// Throws why the session has ended.
    public func open(
        _ receive: (@Sendable (Result<Reply, any Error>) -> Void)?
    ) throws -> RequestID {
        try router.open(receive)
    }

    /// Stops following the request: what still comes for it is dropped.
    public func forget(_ id: RequestID) {
        router.forget(id)
    }

    /// Sends a request under an id of `open`. Throws as `request` does.
    public func send(_ request: EncodedRequest, id: RequestID) async throws(WireError) {
        try await sendLine(request.line(id: id))
    }

    /// Sends requests as one write: it costs one turn of the event loop and one system call, however many they are. Throws as
    /// `request` does; then none was sent.
    public func send(_ batch: RequestBatch) async throws(WireError) {
        try check(length: batch.longestLine)
        if !batch.isEmpty { try await sendLines(batch.lines) }
    }
}
