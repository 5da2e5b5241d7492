public import ClusterModel

/// A request whose objects are JSON text already: what is sent to a thousand nodes is encoded once, and copied only into the
/// lines that are written.
public struct EncodedRequest: Sendable, Equatable {
    private enum Content: Equatable {
        case apply(ObjectKind, members: [UInt8])
        case set(ObjectKind, items: [UInt8], more: Bool)
        case remove(ObjectKey)
        case plain(OperationName)
    }

    private let content: Content
    private let version: UInt64?

    private init(_ content: Content, _ version: UInt64? = nil) {
        self.content = content
        self.version = version
    }

    /// Adds or updates the object of `kind` whose members are `members`: the text between its braces, without `kind` and
    /// `apiVersion`.
    public static func apply(_ kind: ObjectKind, members: [UInt8], resourceVersion: UInt64?) -> EncodedRequest {
        EncodedRequest(.apply(kind, members: members), resourceVersion)
    }

    /// The whole set of `kind`, or a part of it (PROTOCOL `set`): `items` is the text between the brackets.
    public static func set(
        _ kind: ObjectKind, items: [UInt8], resourceVersion: UInt64?, more: Bool
    ) -> EncodedRequest {
        EncodedRequest(.set(kind, items: items, more: more), resourceVersion)
    }

    /// Removes the object.
    public static func remove(_ key: ObjectKey, resourceVersion: UInt64?) -> EncodedRequest {
        EncodedRequest(.remove(key), resourceVersion)
    }

    /// Everything up to `commit` is one change.
    public static let begin = EncodedRequest(.plain(.begin))
    /// Ends what `begin` began.
    public static let commit = EncodedRequest(.plain(.commit))
    /// Asks for a `pong`.
    public static let ping = EncodedRequest(.plain(.ping))

    private var operation: OperationName {
        switch content {
        case .apply: .apply
        case .set: .set
        case .remove: .remove
        case .plain(let operation): operation
        }
    }

    /// Appends the line of this request with `id`, `\n` included.
    func writeLine(id: RequestID, into line: inout [UInt8]) {
        line += #"{"op":""#.utf8
        line += operation.rawValue.utf8
        line += #"","id":"#.utf8
        id.json.write(into: &line)
        switch content {
        case .apply(let kind, let members):
            line += #","object":{"kind":""#.utf8
            line += kind.rawValue.utf8
            line += #"","apiVersion":"v1beta1","#.utf8
            line += members
            line.append(UInt8(ascii: "}"))
        case .set(let kind, let items, _):
            line += #","kind":""#.utf8
            line += kind.rawValue.utf8
            line += #"","items":["#.utf8
            line += items
            line.append(UInt8(ascii: "]"))
        case .remove(let key):
            let object: JSONObject = [
                "kind": .string(key.kind.rawValue), "name": .string(key.name), "namespace": .string(key.namespace),
            ]
            var text: [UInt8] = []
            object.write(into: &text)
            line.append(UInt8(ascii: ","))
            line += text.dropFirst().dropLast()
        case .plain: break
        }
        if let version { line += #","resourceVersion":\#(Int64(clamping: version))"#.utf8 }
        if case .set(_, _, more: true) = content { line += #","more":true"#.utf8 }
        line += "}\n".utf8
    }

    /// The line of this request with `id`, `\n` included.
    func line(id: RequestID) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(textLength + Self.framing)
        writeLine(id: id, into: &line)
        return line
    }

    /// More than what a line has beside its text, so that a long one is given room once, and no more than it needs.
    private static let framing = 192

    private var textLength: Int {
        switch content {
        case .apply(_, let text), .set(_, let text, _): text.count
        case .remove, .plain: 0
        }
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
        let start = lines.count
        request.writeLine(id: id, into: &lines)
        longestLine = max(longestLine, lines.count - start - 1)
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
