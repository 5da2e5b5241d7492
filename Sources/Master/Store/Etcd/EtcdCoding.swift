import ClusterModel
import FoundationEssentials
import Wire

/// How documents are called in etcd: `<prefix>/<collection>/<namespace>/<name>`.
struct EtcdKeys: Sendable {
    let prefix: String

    /// All documents.
    var everything: [UInt8] { Array("\(prefix)/".utf8) }
    /// Who leads; not among the documents.
    var leader: [UInt8] { Array("\(prefix)-leader".utf8) }
    /// The highest term that was led by and is no revision; not among the documents.
    var term: [UInt8] { Array("\(prefix)-term".utf8) }

    func key(_ key: StoreKey) -> [UInt8] {
        Array("\(prefix)/\(key.collection)/\(key.namespace)/\(key.name)".utf8)
    }

    /// What the keys of a collection, or of one namespace of it, begin with.
    func range(_ collection: String, namespace: String?) -> [UInt8] {
        Array("\(prefix)/\(collection)/\(namespace.map { "\($0)/" } ?? "")".utf8)
    }

    /// The first key behind those that begin with `range`, which ends in "/".
    static func end(of range: [UInt8]) -> [UInt8] { range.dropLast() + [UInt8(ascii: "/") + 1] }

    /// `nil` for a key that is not of this form.
    func parse(_ bytes: [UInt8]) -> StoreKey? {
        guard bytes.starts(with: everything) else { return nil }
        let parts = bytes.dropFirst(everything.count).split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        return StoreKey(texts[0], namespace: texts[1], name: texts[2])
    }

    /// A `mvccpb.KeyValue`; `nil` when it is not a document's.
    /// - Throws: `damaged`.
    func entry(_ pair: JSONObject) throws(StoreError) -> StoreEntry? {
        guard let key = parse(try pair.bytes("key")) else { return nil }
        return StoreEntry(
            key: key, value: try pair.bytes("value"), created: try pair.number("create_revision"),
            modified: try pair.number("mod_revision"))
    }
}

/// protobuf's JSON form (protobuf.dev/programming-guides/json): 64-bit numbers are strings, bytes are base64, and what is
/// zero, false or empty is left out.
extension JSONObject {
    /// - Throws: `damaged` for anything but a JSON object.
    init(etcd bytes: [UInt8]) throws(StoreError) {
        let value: JSONValue
        do throws(TextError) {
            value = try JSONText.parse(bytes)
        } catch {
            throw StoreError(.damaged, "etcd answered something else than JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw StoreError(.damaged, "etcd answered something else than a JSON object")
        }
        self = object
    }

    func number(_ key: String) throws(StoreError) -> UInt64 {
        switch self[key] {
        case nil: return 0
        case .int(let value) where value >= 0: return UInt64(value)
        case .string(let text):
            guard let value = UInt64(text) else { fallthrough }
            return value
        default: throw StoreError(.damaged, "etcd's \(key) is no number")
        }
    }

    func bytes(_ key: String) throws(StoreError) -> [UInt8] {
        guard let value = self[key] else { return [] }
        guard case .string(let text) = value, let data = Data(base64Encoded: text) else {
            throw StoreError(.damaged, "etcd's \(key) is no base64")
        }
        return [UInt8](data)
    }

    func flag(_ key: String) -> Bool { self[key] == .bool(true) }

    /// Empty when it is left out.
    func object(_ key: String) throws(StoreError) -> JSONObject {
        switch self[key] {
        case nil: return JSONObject()
        case .object(let object): return object
        default: throw StoreError(.damaged, "etcd's \(key) is no object")
        }
    }

    /// Empty when it is left out.
    func objects(_ key: String) throws(StoreError) -> [JSONObject] {
        guard let value = self[key] else { return [] }
        guard case .array(let elements) = value else { throw StoreError(.damaged, "etcd's \(key) is no array") }
        return try elements.map { element throws(StoreError) in
            guard case .object(let object) = element else {
                throw StoreError(.damaged, "etcd's \(key) has something else than objects")
            }
            return object
        }
    }

    /// The store's revision in an answer's header.
    func headerRevision() throws(StoreError) -> UInt64 { try object("header").number("revision") }
}

/// Which course of events an etcd's revisions count, as the header of an answer tells.
struct EtcdHistory: Sendable, Equatable {
    /// A snapshot that is restored is another cluster's, unless it is told otherwise.
    let cluster: UInt64
    /// Rises with each election among its members, and begins anew in a cluster that is made of a snapshot.
    let raftTerm: UInt64

    /// Throws `damaged`.
    init(_ header: JSONObject) throws(StoreError) {
        cluster = try header.number("cluster_id")
        raftTerm = try header.number("raft_term")
    }
}

extension JSONValue {
    /// Bytes, as the gateway takes them.
    static func bytes(_ bytes: [UInt8]) -> JSONValue { .string(Data(bytes).base64EncodedString()) }
    /// A 64-bit number, as the gateway takes it.
    static func number(_ number: UInt64) -> JSONValue { .string(String(number)) }
}

extension StoreError {
    /// The store's word for an answer that is not 200: a gRPC status (grpc.io/docs/guides/status-codes) as JSON.
    init(etcd bytes: [UInt8], status: UInt) {
        guard case .success(let answer) = Result(catching: { try JSONObject(etcd: bytes) }),
            case .int(let number)? = answer["code"], case .string(let message)? = answer["error"]
        else {
            self.init(.damaged, "etcd answered with HTTP status \(status) and no error of its own")
            return
        }
        self.init(grpc: number, message)
    }

    /// The store's word for a gRPC status of etcd (etcd/etcdserver/api/v3rpc/rpctypes/error.go has its list).
    init(grpc number: Int64, _ message: String) {
        let code: Code =
            switch number {
            case 3: .invalid
            // Too many requests have the same number.
            case 8: message.contains("space exceeded") ? .full : .unavailable
            case 11: .gone
            case 15: .damaged
            default: .unavailable
            }
        self.init(code, "etcd: \(message)")
    }
}
