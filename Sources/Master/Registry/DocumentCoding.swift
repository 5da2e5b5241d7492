import ClusterModel
import Wire

/// Makes objects of stored documents.
struct DocumentDecoder: Sendable {
    // What is stored was allowed when it was written.
    private let decoder = APIDecoder(allowPrivileged: true)

    /// The object at `entry`. Throws `damaged` for a document that is no object of the API.
    func object(_ entry: StoreEntry) throws(StoreError) -> APIObject {
        let place = "\(entry.key.collection) \(entry.key.namespace)/\(entry.key.name)"
        guard let ref = ObjectRef(entry.key) else {
            throw StoreError(.damaged, "\(place) is in no collection of the API")
        }
        let value: JSONValue
        do { value = try JSONText.parse(entry.value) } catch {
            throw StoreError(.damaged, "the document of \(place) cannot be read: \(error)")
        }
        guard case .object(let document) = value else {
            throw StoreError(.damaged, "the document of \(place) is no object")
        }
        return decoder.stored(document, at: ref, resourceVersion: entry.modified)
    }
}

extension APIObject {
    /// What the store keeps of the object: neither its version, which is the store's, nor what others observe of it.
    var document: [UInt8] {
        var json = itemJSON()
        json["resourceVersion"] = nil
        json["currentState"] = nil
        var bytes: [UInt8] = []
        json.write(into: &bytes)
        return bytes
    }
}
