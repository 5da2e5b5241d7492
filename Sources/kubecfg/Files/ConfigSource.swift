import APIClient
import ClusterModel
import NIOHTTP1
import Wire

/// The object `-c` names.
struct ConfigSource {
    /// A file's name, a URL, or `-`.
    var name: String
    var files: Files
    var console: any Console

    /// The object, which must be of the kind of the collection called `storage`; `kind` and `apiVersion` are filled in where
    /// they are missing. JSON or YAML, as servers take them (reference §1.0).
    func object(for storage: String) async throws(Fatal) -> JSONObject {
        guard !name.isEmpty else { throw Fatal("Need config file (-c)") }
        let bytes = try await bytes()
        do throws(Unreadable) {
            guard let resource = NamedResource.resource(named: storage) else {
                throw Unreadable(reason: "unknown storage type: \(storage)")
            }
            return try Self.object(in: bytes, for: resource)
        } catch {
            throw Fatal("Error parsing \(name) as an object for \(storage): \(error.reason)")
        }
    }

    private func bytes() async throws(Fatal) -> [UInt8] {
        do {
            if name == "-" { return try console.input() }
            if name.hasPrefix("http://") || name.hasPrefix("https://") { return try await APIClient.download(name) }
            return try files.read(name)
        } catch let error as APIError {
            guard let status = error.httpStatus else { throw Fatal("Unable to access URL \(name): \(error)") }
            let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
            throw Fatal("Unable to read URL, server reported \(status) \(status) \(reason)")
        } catch {
            throw Fatal("Unable to read \(name): \(error)")
        }
    }

    /// Why a text is no object of a kind, in the recorded words where they are.
    struct Unreadable: Error, Equatable {
        var reason: String
    }

    /// The one object of a text.
    private static func object(in bytes: [UInt8], for resource: APIResource) throws(Unreadable) -> JSONObject {
        let documents: [LocatedDocument]
        do {
            documents = try YAMLText.parse(bytes)
        } catch {
            throw Unreadable(reason: "couldn't get version/kind: YAML error: \(recordedWords(error))")
        }
        guard let document = documents.first else { throw Unreadable(reason: "empty input") }
        guard documents.count == 1, case .object(let given) = document.value else {
            throw Unreadable(reason: "it is not one object")
        }
        let found = given.string("kind")
        guard found.isEmpty || found == resource.kind else {
            throw Unreadable(reason: "data of kind '\(found)', obj of type '\(resource.kind)'")
        }
        let version = given.string("apiVersion")
        guard version.isEmpty || APIServer.versions.contains(version) else {
            throw Unreadable(reason: "Unable to create new object of type ('\(version)', '\(resource.kind)')")
        }
        return WireForm.of(given, in: resource)
    }

    /// The original's YAML library counted lines from 0, left 0 out, and told the problem without what was being read.
    private static func recordedWords(_ error: TextError) -> String {
        let line = (error.line ?? 1) - 1
        let problem =
            error.message.hasPrefix("while ")
            ? error.message.split(separator: ": ", maxSplits: 1).last.map(String.init) : nil
        return (line > 0 ? "line \(line): " : "") + (problem ?? error.message)
    }
}
