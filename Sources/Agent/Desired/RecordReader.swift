import ClusterModel

/// Reads one record of the store's log, entry by entry: what cannot be read costs only itself, and is named.
struct RecordReader {
    private(set) var decoded = StateCoding.Decoded()
    private let decoder = ObjectDecoder(allowPrivileged: true, requirePortalIP: false)

    /// Why one entry cannot be read.
    private struct Unreadable: Error {
        let message: String
    }

    mutating func read(_ record: JSONObject) {
        for item in Self.elements(record["put"]) { note("put", Result { try stored(item) }) { $0.put.append($1) } }
        for item in Self.elements(record["removed"]) {
            note("removed", Result { try Self.key(item) }) { $0.removed.append($1) }
        }
        if case .object(let versions)? = record["versions"] {
            for member in versions.members {
                note("versions", Result { try Self.scopes(member) }) { $0.versions.merge($1) { max($0, $1) } }
            }
        }
        if case .object(let lead)? = record["lead"] {
            decoded.patch.leadership = Leadership(master: Self.text(lead["master"]), term: Self.number(lead["term"]))
        }
        for item in Self.elements(record["complete"]) {
            note("complete", Result { try Self.kind(item) }) { $0.complete.insert($1) }
        }
        if record["partial"] == .bool(true) { decoded.patch.partial = Set(ObjectKind.allCases) }
        for item in Self.elements(record["partial"]) {
            note("partial", Result { try Self.kind(item) }) { $0.partial.insert($1) }
        }
        decoded.patch.generation = Self.number(record["generation"])
    }

    /// Takes an entry into the patch, or notes why it is left out.
    private mutating func note<Entry>(
        _ member: String, _ entry: Result<Entry, any Error>, _ take: (inout StatePatch, Entry) -> Void
    ) {
        switch entry {
        case .success(let entry): take(&decoded.patch, entry)
        case .failure(let error as Unreadable): decoded.skipped.append("an entry of \(member): \(error.message)")
        case .failure(let error): decoded.skipped.append("an entry of \(member): \(error)")
        }
    }

    private func stored(_ value: JSONValue) throws -> StoredObject {
        guard case .object(let record) = value, let object = record["object"],
            let source = Source(rawValue: Self.text(record["source"]))
        else { throw Unreadable(message: "it needs source and object") }
        let objects = try decoder.decode(object).objects
        guard let first = objects.first, objects.count == 1 else {
            throw Unreadable(message: "it must hold one object")
        }
        return StoredObject(
            object: first, source: source, uid: Self.text(record["uid"]), generation: Self.number(record["generation"]))
    }

    /// A source's newest versions by kind; a single number, the older form, counts for every kind.
    private static func scopes(_ member: JSONObject.Member) throws -> [VersionScope: UInt64] {
        guard let source = Source(rawValue: member.key) else { throw Unreadable(message: "source \(member.key)") }
        switch member.value {
        case .int:
            let scopes = ObjectKind.allCases.map { (VersionScope(source: source, kind: $0), number(member.value)) }
            return Dictionary(uniqueKeysWithValues: scopes)
        case .object(let kinds):
            var versions: [VersionScope: UInt64] = [:]
            for member in kinds.members {
                versions[VersionScope(source: source, kind: try kind(.string(member.key)))] = number(member.value)
            }
            return versions
        default: throw Unreadable(message: "versions of \(member.key) are no numbers")
        }
    }

    private static func key(_ value: JSONValue) throws -> ObjectKey {
        guard case .object(let record) = value else { throw Unreadable(message: "it is no object") }
        return ObjectKey(
            kind: try kind(record["kind"]), namespace: text(record["namespace"]), name: text(record["name"]))
    }

    private static func kind(_ value: JSONValue?) throws -> ObjectKind {
        guard let kind = ObjectKind(rawValue: text(value)) else { throw Unreadable(message: "kind \(text(value))") }
        return kind
    }

    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let items)? = value { return items }
        return []
    }

    private static func text(_ value: JSONValue?) -> String {
        if case .string(let text)? = value { return text }
        return ""
    }

    private static func number(_ value: JSONValue?) -> UInt64 {
        if case .int(let number)? = value { return UInt64(clamping: number) }
        return 0
    }
}
