import ClusterModel
import Wire

/// The objects of a file.
enum Documents {
    /// The documents of a text: JSON objects one behind the other, as `cat a.json b.json` makes them, or YAML between lines of
    /// `---`. Lists are left as they are.
    ///
    /// Throws `Failure` with the place of what is wrong, and where there is none.
    static func read(_ path: String) throws -> [JSONValue] {
        let documents = try parse(try InputFile.read(path), path)
        if documents.isEmpty { throw Failure("\(path): holds no object") }
        return documents
    }

    /// The documents of `bytes`; `path` is for messages.
    static func parse(_ bytes: [UInt8], _ path: String) throws -> [JSONValue] {
        // JSON with comments or a comma too many is YAML, and its place is told better there.
        if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"), let values = try? JSONText.parseAll(bytes) {
            return values
        }
        do {
            return try YAMLText.parse(bytes).map(\.value).filter { $0 != .null }
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    /// `pod/web`, for messages. What has no kind is a manifest, which becomes a pod.
    static func name(_ object: JSONValue) -> String {
        let kind = object["kind"].cell.isEmpty ? "pod" : object["kind"].cell.lowercased()
        return object["id"].cell.isEmpty ? kind : "\(kind)/\(object["id"].cell)"
    }

    /// The items of lists in their place; an item of a `PodList` that names no kind is a Pod.
    static func items(of documents: [JSONValue]) -> [JSONValue] {
        documents.flatMap { document -> [JSONValue] in
            let kind = document["kind"].cell
            guard kind.hasSuffix("List"), case .array(let items) = document["items"] else { return [document] }
            return items.map { item in
                guard case .object(var object) = item, item["kind"].cell.isEmpty else { return item }
                object["kind"] = .string(String(kind.dropLast("List".count)))
                return .object(object)
            }
        }
    }
}
