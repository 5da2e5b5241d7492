import ClusterModel
import Wire

/// The file that remembers the namespace between calls, `{"Namespace":"default"}` (reference §7).
struct NamespaceFile {
    var name: String
    var files: Files

    private static let key = "Namespace"

    /// The namespace the file names; `nil` where there is no file yet. Throws for a file that cannot be read or says something
    /// else.
    func load() throws(Fatal) -> String? {
        let bytes: [UInt8]
        do {
            bytes = try files.read(name)
        } catch {
            if error.isMissing { return nil }
            throw Fatal("Error loading current namespace: \(error)")
        }
        do {
            guard case .object(let object) = try JSONText.parse(bytes) else { throw Fatal(unknown) }
            let namespace = object.string(Self.key)
            return namespace.isEmpty ? ObjectMeta.defaultNamespace : namespace
        } catch let error as TextError {
            throw Fatal("\(unknown): \(error)")
        } catch {
            throw Fatal(unknown)
        }
    }

    /// Writes the file. Throws for a name no server takes, a DNS label being wanted.
    func save(_ namespace: String) throws(Fatal) {
        guard TextFormat.dnsLabel.accepts(namespace) else {
            throw Fatal("Error: Namespace \(namespace) is not a valid DNS Label")
        }
        let object: JSONObject = [Self.key: .string(namespace)]
        do {
            try files.write(name, Array(object.text.utf8))
        } catch {
            throw Fatal("Error: \(error)")
        }
    }

    private var unknown: String { "Error loading current namespace: \(name) is no namespace file" }
}
