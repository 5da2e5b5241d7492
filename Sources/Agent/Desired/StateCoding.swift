import ClusterModel
import Wire

/// The text of one record of the store's log: a JSON object with only the members that say something. Version 1.
///
///     {"put":[{"source":"master","uid":"…","generation":5,"object":{…}}],"removed":[{"kind":"Pod",…}],
///      "versions":{"master":{"Pod":120}},"lead":{"master":"m1","term":7},"complete":["Service"],"partial":["Pod"],
///      "generation":6}
///
/// Two older forms are read and no longer written: `"versions":{"master":120}`, of all kinds together, and
/// `"partial":true`, of every kind.
enum StateCoding {
    /// A record, and how many bytes each of its put objects takes in it.
    struct Encoded: Equatable {
        var record: [UInt8]
        var sizes: [ObjectKey: Int] = [:]
    }

    /// What a record says, and in words what of it cannot be read and was left out.
    struct Decoded: Equatable {
        var patch = StatePatch()
        var skipped: [String] = []
    }

    static func encode(_ patch: StatePatch) -> Encoded {
        var encoded = Encoded(record: Array("{".utf8))
        if !patch.put.isEmpty {
            encoded.record += Array("\"put\":".utf8)
            for (index, stored) in patch.put.enumerated() {
                encoded.record.append(UInt8(ascii: index == 0 ? "[" : ","))
                let start = encoded.record.count
                encode(stored).write(into: &encoded.record)
                encoded.sizes[stored.object.key] = encoded.record.count - start
            }
            encoded.record.append(UInt8(ascii: "]"))
        }
        var rest: [UInt8] = []
        members(patch).write(into: &rest)
        let hasBoth = !patch.put.isEmpty && rest.count > "{}".utf8.count
        if hasBoth { encoded.record.append(UInt8(ascii: ",")) }
        encoded.record += rest.dropFirst()
        return encoded
    }

    /// How many bytes `stored` takes in a record.
    static func size(of stored: StoredObject) -> Int {
        var bytes: [UInt8] = []
        encode(stored).write(into: &bytes)
        return bytes.count
    }

    /// Reads what it can: what is stored was validated once, so all that `encode` wrote is accepted, privileged containers
    /// included; an object of a later version, or of stricter rules, costs only itself.
    static func decode(_ record: [UInt8]) -> Decoded {
        do {
            guard case .object(let members) = try JSONText.parse(record) else {
                return Decoded(skipped: ["a record that is no object"])
            }
            var reader = RecordReader()
            reader.read(members)
            return reader.decoded
        } catch {
            return Decoded(skipped: ["a record that is not JSON: \(error)"])
        }
    }

    private static func members(_ patch: StatePatch) -> JSONObject {
        var record = JSONObject()
        if !patch.removed.isEmpty { record.append("removed", .array(patch.removed.map(encode))) }
        if !patch.versions.isEmpty { record.append("versions", .object(encode(patch.versions))) }
        if let leadership = patch.leadership {
            record.append(
                "lead", ["master": .string(leadership.master), "term": .int(Int64(clamping: leadership.term))])
        }
        if !patch.complete.isEmpty { record.append("complete", names(patch.complete)) }
        if !patch.partial.isEmpty { record.append("partial", names(patch.partial)) }
        if patch.generation > 0 { record.append("generation", .int(Int64(clamping: patch.generation))) }
        return record
    }

    private static func names(_ kinds: Set<ObjectKind>) -> JSONValue {
        .array(kinds.map(\.rawValue).sorted().map { .string($0) })
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

    private static func encode(_ key: ObjectKey) -> JSONValue {
        ["kind": .string(key.kind.rawValue), "namespace": .string(key.namespace), "name": .string(key.name)]
    }
}
