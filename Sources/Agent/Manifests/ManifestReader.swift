import ClusterModel
import Machine
import Wire

/// Reads the manifests folder: every regular file that does not start with a dot, in order of name, no recursion
/// (reference §2.2). JSON or YAML, one or more documents, each a bare manifest, a Pod or a list of pods.
struct ManifestReader {
    /// A manifest file is at most 4 MiB, like a line of the protocol.
    static let maxFileBytes = 4 * 1_024 * 1_024
    /// More files than a node can run pods are refused from here on, in order of name.
    static let maxFiles = 1_000

    let decoder: ObjectDecoder

    /// The pods of one file's text.
    func read(_ text: [UInt8], name: String) -> ManifestFile {
        let documents: [LocatedDocument]
        do {
            documents = try YAMLText.parse(text)
        } catch {
            return refused(name, line: error.line, column: error.column, error.message)
        }
        let written = documents.filter { $0.value != .null }
        // An editor or a full disk leaves such files. Whoever wants no pods removes the file.
        if written.isEmpty {
            let refusal = ManifestRefusal(place: name, message: "holds no pod", mayPass: text.isEmpty)
            return ManifestFile(name: name, pods: .failure(refusal))
        }
        var pods: [Pod] = []
        for document in written {
            do {
                for object in try decoder.decode(document.value, defaultKind: .pod).objects {
                    guard case .pod(let pod) = object else {
                        return refused(name, line: 1, column: 1, "only pods can be static, found \(object.key)")
                    }
                    pods.append(pod)
                }
            } catch {
                let field = error.causes.first?.field ?? ""
                let position = document.position(of: field)
                let causes = error.causes.map(\.description).joined(separator: "; ")
                let words = causes.isEmpty ? error.message : causes
                return refused(name, line: position.line, column: position.column, words)
            }
        }
        return ManifestFile(name: name, pods: .success(pods))
    }

    private func refused(_ name: String, line: Int?, column: Int?, _ message: String) -> ManifestFile {
        let place = line.map { "\(name):\($0):\(column ?? 1)" } ?? name
        return ManifestFile(name: name, pods: .failure(ManifestRefusal(place: place, message: message)))
    }
}
