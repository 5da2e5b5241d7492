import APIClient
import ClusterModel
import Wire

/// The word of the methods that name one replication controller.
struct Controller: Equatable {
    let name: String

    /// Throws the usage these methods share.
    init(_ words: [String]) throws(Fatal) {
        guard words.count == 2 else {
            throw Fatal("usage: kubecfg [OPTIONS] stop|rm|rollingupdate <controller>")
        }
        name = words[1]
    }

    /// A number of replicas as a person writes it.
    static func replicas(_ word: String) throws(Fatal) -> Int {
        do {
            return try GoStrconv.number(word)
        } catch {
            throw Fatal("Error parsing replicas: \(error.message)")
        }
    }
}

extension Session {
    /// Stores `count` as the number of replicas wanted, over the version read just now.
    func resize(_ name: String, to count: Int) async throws(APIError) -> JSONObject {
        let stored = try await client.get(.replicationControllers, name, namespace: namespace)
        let resized = stored.setting(["desiredState", "replicas"], to: .int(Int64(count)))
        return try await client.update(resized, name, in: .replicationControllers, namespace: namespace)
    }
}

extension Context {
    /// Runs the request of a method for controllers, whose errors have a shorter beginning, as recorded.
    func withController(_ body: (Session) async throws -> Void) async throws {
        try await withServer { session in
            do {
                try await body(session)
            } catch let error as APIError {
                throw Fatal("Error: \(error)")
            }
        }
    }

    /// Prints an object in YAML, whatever the flags say, as recorded.
    func showYAML(_ object: JSONObject) {
        show(YAMLText.write(InternalForm.of(object), style: .golang))
    }
}
