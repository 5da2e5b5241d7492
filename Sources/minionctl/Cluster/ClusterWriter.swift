import APIClient
import ClusterModel

/// Changes objects of a cluster, one after the other; what fails of one keeps no other from being changed.
struct ClusterWriter {
    /// How often an object is written over again that others change at the same time.
    static let attemptLimit = 5

    let client: APIClient
    /// Of objects that name none.
    let namespace: String
    /// Is told what became of each object.
    var say: (String) -> Void = { print($0) }

    /// Stores the objects of the documents, lists opened, and prints of each what became of it.
    /// - Throws: `Failure` with the words of all that failed.
    func apply(_ documents: [JSONValue]) async throws {
        try await forEach(Documents.items(of: documents)) { object in
            let (kind, name, body, namespace) = try target(object)
            say("\(kind.named(name)) \(try await store(body, name, kind, namespace))")
        }
    }

    /// Removes the objects of the documents. Throws as `apply`.
    func delete(_ documents: [JSONValue]) async throws {
        try await forEach(documents) { object in
            let (kind, name, _, namespace) = try target(object)
            try await delete(kind, name, namespace)
        }
    }

    /// Removes objects of one kind. Throws as `apply`.
    func delete(_ kind: ClusterKind, _ names: [String]) async throws {
        try await forEach(names.map { ["id": .string($0)] }) { object in
            try await delete(kind, object["id"].cell, kind.isNamespaced ? namespace : "")
        }
    }

    private func delete(_ kind: ClusterKind, _ name: String, _ namespace: String) async throws {
        _ = try await client.delete(kind.resource, name, namespace: namespace)
        say("\(kind.named(name)) deleted")
    }

    private func forEach(_ objects: [JSONValue], _ body: (JSONValue) async throws -> Void) async throws {
        var failures: [String] = []
        for object in objects {
            do {
                try await body(object)
            } catch let error as APIError where error.code == .refused {
                failures.append("\(Documents.name(object)): \(error)")
            } catch let failure as Failure {
                failures.append(failure.description)
            }
        }
        if let failure = Failure(failures) { throw failure }
    }

    /// What an object of a file is, and where it goes.
    private func target(
        _ object: JSONValue
    ) throws -> (kind: ClusterKind, name: String, body: JSONObject, namespace: String) {
        guard case .object(let body) = object, let kind = ClusterKind(of: object) else {
            let kinds = ClusterKind.allCases.map(\.resource.kind).joined(separator: ", ")
            throw Failure("\(Documents.name(object)): its kind is none of \(kinds)")
        }
        let name = object["id"].cell
        guard !name.isEmpty else { throw Failure("\(Documents.name(object)): it has no id") }
        let own = object["namespace"].cell
        return (kind, name, body, kind.isNamespaced ? (own.isEmpty ? namespace : own) : "")
    }

    /// Creates the object, or writes it over the one of its name, where that differs: over the version that was read, so that
    /// what others write meanwhile is seen first.
    /// - Returns: what became of it, in one word.
    private func store(
        _ object: JSONObject, _ name: String, _ kind: ClusterKind, _ namespace: String
    ) async throws -> String {
        for _ in 0..<Self.attemptLimit {
            do {
                return try await storeOnce(object, name, kind, namespace)
            } catch let error as APIError {
                // Somebody else was faster: what they wrote is read next.
                if error.httpStatus != 409 { throw error }
            }
        }
        throw Failure("\(kind.named(name)): others change it all the time; try again")
    }

    private func storeOnce(
        _ object: JSONObject, _ name: String, _ kind: ClusterKind, _ namespace: String
    ) async throws -> String {
        var wanted = object
        guard let stored = try await client.find(kind.resource, name, namespace: namespace) else {
            wanted["resourceVersion"] = nil
            _ = try await client.create(wanted, in: kind.resource, namespace: namespace)
            return "created"
        }
        let replacement = Replacement(kind: kind, namespace: namespace, wanted: wanted, stored: stored)
        if replacement.changesNothing { return "unchanged" }
        wanted["resourceVersion"] = stored["resourceVersion"]
        let result = try await client.update(wanted, name, in: kind.resource, namespace: namespace)
        return Self.content(stored) == Self.content(result) ? "unchanged" : "changed"
    }

    /// An object less what changes without its being changed.
    static func content(_ object: JSONObject) -> JSONObject {
        var object = object
        for member in ["resourceVersion", "creationTimestamp", "selfLink", "uid", "currentState"] {
            object[member] = nil
        }
        return object
    }
}

extension APIClient {
    /// The object called `name`; `nil` where there is none.
    func find(_ resource: APIResource, _ name: String, namespace: String) async throws -> JSONObject? {
        do {
            return try await get(resource, name, namespace: namespace, reasons: true)
        } catch {
            if error.httpStatus == 404 { return nil }
            throw error
        }
    }
}
