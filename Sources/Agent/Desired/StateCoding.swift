import ClusterModel

/// The text of one record of the store's log: a JSON object with only the members that say something. Version 1.
///
///     {"put":[{"source":"master","uid":"…","generation":5,"object":{…}}],"removed":[{"kind":"Pod",…}],
///      "versions":{"master":{"Pod":120}},"lead":{"master":"m1","term":7},"complete":["Service"],"generation":6}
enum StateCoding {
    /// Why a record cannot be read.
    struct Damage: Error, Equatable {
        let message: String
    }

    static func encode(_ patch: StatePatch) -> [UInt8] {
        var record = JSONObject()
        if !patch.put.isEmpty { record.append("put", .array(patch.put.map(encode))) }
        if !patch.removed.isEmpty { record.append("removed", .array(patch.removed.map(encode))) }
        if !patch.versions.isEmpty {
            record.append("versions", .object(encode(patch.versions)))
        }
        if let leadership = patch.leadership {
            record.append(
                "lead", ["master": .string(leadership.master), "term": .int(Int64(clamping: leadership.term))])
        }
        if !patch.complete.isEmpty {
            record.append("complete", .array(patch.complete.map(\.rawValue).sorted().map { .string($0) }))
        }
        if patch.isPartial { record.append("partial", true) }
        if patch.generation > 0 { record.append("generation", .int(Int64(clamping: patch.generation))) }
        var bytes: [UInt8] = []
        JSONValue.object(record).write(into: &bytes)
        return bytes
    }

    /// - Throws: `Damage` when the value is no record; what is stored was validated once, so the decoder only has to
    ///   accept what `encode` wrote, privileged containers included.
    static func decode(_ value: JSONValue) throws(Damage) -> StatePatch {
        guard case .object(let record) = value else { throw Damage(message: "a record must be an object") }
        var patch = StatePatch()
        for item in elements(record["put"]) { patch.put.append(try stored(item)) }
        for item in elements(record["removed"]) { patch.removed.append(try key(item)) }
        if case .object(let versions)? = record["versions"] {
            for member in versions.members { patch.versions.merge(try scopes(member)) { max($0, $1) } }
        }
        if case .object(let lead)? = record["lead"] {
            patch.leadership = Leadership(master: text(lead["master"]), term: number(lead["term"]))
        }
        for item in elements(record["complete"]) {
            guard let kind = ObjectKind(rawValue: text(item)) else {
                throw Damage(message: "unknown kind \(text(item))")
            }
            patch.complete.insert(kind)
        }
        patch.isPartial = record["partial"] == .bool(true)
        patch.generation = number(record["generation"])
        return patch
    }

    private static func encode(_ stored: StoredObject) -> JSONValue {
        [
            "source": .string(stored.source.rawValue), "uid": .string(stored.uid),
            "generation": .int(Int64(clamping: stored.generation)), "object": .object(stored.object.json()),
        ]
    }

    private static func encode(_ versions: [VersionScope: UInt64]) -> JSONObject {
        let sources = Set(versions.keys.map(\.source)).sorted { $0.rawValue < $1.rawValue }
        return JSONObject(
            sources.map { source in
                let kinds = versions.filter { $0.key.source == source }.sorted {
                    $0.key.kind.rawValue < $1.key.kind.rawValue
                }
                let members = kinds.map {
                    JSONObject.Member(key: $0.key.kind.rawValue, value: .int(Int64(clamping: $0.value)))
                }
                return JSONObject.Member(key: source.rawValue, value: .object(JSONObject(members)))
            })
    }

    /// A source's newest versions by kind.
    private static func scopes(_ member: JSONObject.Member) throws(Damage) -> [VersionScope: UInt64] {
        guard let source = Source(rawValue: member.key), case .object(let kinds) = member.value else {
            throw Damage(message: "no versions of a source: \(member.key)")
        }
        var versions: [VersionScope: UInt64] = [:]
        for member in kinds.members {
            guard let kind = ObjectKind(rawValue: member.key) else {
                throw Damage(message: "unknown kind \(member.key)")
            }
            versions[VersionScope(source: source, kind: kind)] = number(member.value)
        }
        return versions
    }

    private static func encode(_ key: ObjectKey) -> JSONValue {
        ["kind": .string(key.kind.rawValue), "namespace": .string(key.namespace), "name": .string(key.name)]
    }

    private static func stored(_ value: JSONValue) throws(Damage) -> StoredObject {
        guard case .object(let record) = value, let object = record["object"],
            let source = Source(rawValue: text(record["source"]))
        else { throw Damage(message: "an entry of put needs source and object") }
        let decoder = ObjectDecoder(allowPrivileged: true, requirePortalIP: false)
        let decoded: Decoded
        do {
            decoded = try decoder.decode(object)
        } catch {
            throw Damage(message: error.message)
        }
        guard let first = decoded.objects.first, decoded.objects.count == 1 else {
            throw Damage(message: "an entry of put must hold one object")
        }
        return StoredObject(
            object: first, source: source, uid: text(record["uid"]), generation: number(record["generation"]))
    }

    private static func key(_ value: JSONValue) throws(Damage) -> ObjectKey {
        guard case .object(let record) = value, let kind = ObjectKind(rawValue: text(record["kind"])) else {
            throw Damage(message: "an entry of removed needs a kind")
        }
        return ObjectKey(kind: kind, namespace: text(record["namespace"]), name: text(record["name"]))
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
