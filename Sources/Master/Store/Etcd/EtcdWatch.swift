import AsyncHTTPClient
import ClusterModel
import NIOCore

/// One reader of etcd's watch stream, of all documents. Reads from the connection when it is asked for more, so that a slow
/// reader is held back by TCP and, past etcd's history, told `gone`.
actor EtcdWatch {
    /// Connections in a row that may break before they have shown anything.
    static let cutLimit = 5

    private let store: EtcdStore
    private let isShared: Bool
    /// Everything up to here was shown.
    private var after: UInt64
    private var lines: LineReader?
    /// Not yet given out: whole revisions.
    private var pending: [StoreEvent] = []
    /// Of the newest revision, while more of it may come in the next fragment: a cut never leaves a revision half shown.
    private var held: [StoreEvent] = []
    private var cuts = 0

    /// - Parameter isShared: whether all watches of the store depend on it.
    init(after revision: UInt64, isShared: Bool = false, store: EtcdStore) {
        self.store = store
        self.isShared = isShared
        after = revision
    }

    /// Opens the first connection, so that an etcd that is not there is said before the stream begins.
    func begin() async throws(StoreError) {
        lines = try await open()
    }

    /// The next changes, at least one and whole revisions, as soon as there are some; `nil` when the calling task is cancelled.
    func nextBatch() async throws(StoreError) -> [StoreEvent]? {
        while !Task.isCancelled {
            if !pending.isEmpty {
                defer { pending = [] }
                return pending
            }
            do throws(StoreError) {
                guard let line = try await nextLine() else { continue }
                try await take(JSONObject(etcd: line))
            } catch {
                guard !Task.isCancelled else { return nil }
                throw error
            }
        }
        return nil
    }

    /// The next message of the connection; `nil` when there was a cut and there is a new one.
    private func nextLine() async throws(StoreError) -> [UInt8]? {
        guard var reader = lines else {
            lines = try await open()
            return nil
        }
        lines = nil
        do {
            guard let line = try await reader.next() else { throw StoreError(.unavailable, "etcd ended the watch") }
            lines = reader
            return line
        } catch let error as StoreError where error.code == .damaged {
            throw error
        } catch let error as HTTPClientError where error == .readTimeout {
            // Nothing has changed for a while: look whether the other side still lives.
            return nil
        } catch {
            try cut("\(error)")
            return nil
        }
    }

    /// Notes that the connection is of no more use.
    /// - Throws: `unavailable` beyond `cutLimit`: whoever begins anew makes a pause.
    private func cut(_ reason: String) throws(StoreError) {
        lines = nil
        cuts += 1
        guard cuts <= Self.cutLimit else {
            throw StoreError(.unavailable, "etcd's watch was cut \(cuts) times in a row: \(reason)")
        }
    }

    /// All documents are watched, and others' changes move `after` along: a watch of a quiet collection that is opened again
    /// is then never older than etcd's history.
    private func open() async throws(StoreError) -> LineReader {
        held = []
        let range = store.keys.everything
        // From the last revision shown, which is then left out: after a compaction, etcd tells of the revision before the
        // first wanted whether it is still whole, and of the first wanted itself it does not.
        let request: JSONObject = [
            "key": .bytes(range), "range_end": .bytes(EtcdKeys.end(of: range)), "prev_kv": true, "fragment": true,
            "start_revision": .number(max(after, 1)),
        ]
        return LineReader(
            try await store.client.stream("/v3/watch", ["create_request": .object(request)], isShared: isShared))
    }

    /// Takes one message of etcd.
    func take(_ message: JSONObject) async throws(StoreError) {
        guard message["error"] == nil else {
            let error = try message.object("error")
            let failure = StoreError(
                grpc: Int64(try error.number("grpc_code")), "watch: \(JSONValue.object(error).text)")
            guard failure.code == .unavailable else { throw failure }
            return try cut(failure.message)
        }
        let result = try message.object("result")
        if result.flag("canceled") {
            guard try result.number("compact_revision") == 0 else {
                throw StoreError(.gone, "etcd: changes after \(after) are not kept: compacted")
            }
            try cut("etcd cancelled it")
        } else if result.flag("created") {
            guard try store.isSameHistory(result.object("header")) else {
                throw StoreError(.gone, "etcd is not the one that was: it was put back or replaced")
            }
            // A member that lags behind may not have come so far; the cluster has, unless it is another one.
            guard try result.headerRevision() < after, try await store.revision() < after else { return }
            throw StoreError(.gone, "etcd has not come to revision \(after): it is not the one that was")
        } else {
            cuts = 0
            for event in try result.objects("events") { try hold(event) }
            release(isWhole: !result.flag("fragment"))
        }
    }

    private func hold(_ event: JSONObject) throws(StoreError) {
        let pair = try event.object("kv")
        let revision = try pair.number("mod_revision")
        guard revision > after else { return }
        if event["type"] == "DELETE" {
            guard let last = try store.keys.entry(event.object("prev_kv")) else {
                guard store.keys.parse(try pair.bytes("key")) != nil else { return }
                throw StoreError(.gone, "etcd: what was removed at \(revision) is not kept: compacted")
            }
            held.append(.removed(last: last, revision: revision))
        } else if let entry = try store.keys.entry(pair) {
            held.append(.put(entry))
        }
    }

    /// Gives out what is held: all of it, or all but the newest revision.
    private func release(isWhole: Bool) {
        guard let newest = held.last?.revision else { return }
        let end = isWhole ? held.count : held.firstIndex { $0.revision == newest } ?? 0
        guard end > 0 else { return }
        after = held[end - 1].revision
        pending += held[..<end]
        held.removeFirst(end)
    }
}

/// Cuts a body into its lines.
struct LineReader {
    /// The longest line: several times what etcd puts into one message (`--max-request-bytes`, in base64, and the old
    /// documents beside the new).
    static let limit = 64 << 20

    private var chunks: HTTPClientResponse.Body.AsyncIterator
    private var buffer = ByteBuffer()
    /// Bytes of the buffer that have no line feed in them.
    private var searched = 0

    init(_ body: HTTPClientResponse.Body) {
        chunks = body.makeAsyncIterator()
    }

    /// The next line without its line feed; `nil` at the end, an unfinished line dropped.
    /// - Throws: `damaged` for one longer than `limit`, or what the connection ends with.
    nonisolated(nonsending) mutating func next() async throws -> [UInt8]? {
        while true {
            let unread = buffer.readableBytesView
            if let end = unread.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer.readBytes(length: end - unread.startIndex)
                buffer.moveReaderIndex(forwardBy: 1)
                buffer.discardReadBytes()
                searched = 0
                return line
            }
            searched = buffer.readableBytes
            guard searched <= Self.limit else {
                throw StoreError(.damaged, "etcd sent a line longer than \(Self.limit) bytes")
            }
            guard var chunk = try await chunks.next(isolation: #isolation) else { return nil }
            buffer.writeBuffer(&chunk)
        }
    }
}
