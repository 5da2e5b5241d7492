import APIClient
import ClusterModel

/// What a command runs in.
struct Context: Sendable {
    /// The server of a call that names none.
    private static let defaultHost = "http://localhost:8080"

    let options: Options
    let surroundings: Surroundings

    /// Prints `text` as it is.
    func show(_ text: String) { surroundings.console.show(text) }

    /// The object `-c` names, for the collection called `storage`.
    func configured(_ storage: String) async throws(Fatal) -> JSONObject {
        let source = ConfigSource(name: options.configFile, files: surroundings.files, console: surroundings.console)
        let object = try await source.object(for: storage)
        if options.isVerbose {
            surroundings.console.complain("Parsed config file successfully; sending:\n\(object.text)")
        }
        return object
    }

    /// The printer the flags ask for.
    func printer() throws(Fatal) -> Printer { try Printer(options, files: surroundings.files) }

    var namespaceFile: NamespaceFile { NamespaceFile(name: options.namespaceFile, files: surroundings.files) }

    /// A session with the server the flags and the environment name, for as long as `body` runs. An `APIError` that `body`
    /// does not explain itself is told as recorded.
    func withServer<Result: Sendable>(_ body: (Session) async throws -> Result) async throws -> Result {
        let named = options.host.isEmpty ? surroundings.environment["KUBERNETES_MASTER"] ?? "" : options.host
        do {
            let server = try APIServer(named.isEmpty ? Self.defaultHost : named, version: options.apiVersion)
            var credentials = options.credentials
            if server.isSecure {
                let file = AuthFile(name: options.authFile, files: surroundings.files)
                credentials = try file.complete(credentials, console: surroundings.console)
            }
            let namespace = try namespace()
            return try await APIClient.with(server, credentials: credentials, clock: surroundings.clock) { client in
                try await body(Session(client: client, namespace: namespace))
            }
        } catch let error as APIError {
            let isConfiguration = [.badAddress, .badCertificate].contains(error.code)
            throw Fatal("\(isConfiguration ? "Can't configure client" : "Got request error"): \(error)")
        }
    }

    /// That of the flag, else that of the file.
    private func namespace() throws(Fatal) -> String {
        try options.namespace.isEmpty ? rememberedNamespace() : options.namespace
    }

    /// That of the file, which is made if it is missing.
    func rememberedNamespace() throws(Fatal) -> String {
        if let namespace = try namespaceFile.load() { return namespace }
        do {
            try namespaceFile.save(ObjectMeta.defaultNamespace)
        } catch {
            // A person without a folder of their own can work all the same: the next call finds no file again.
            if options.isVerbose { surroundings.console.complain(error.message) }
        }
        return ObjectMeta.defaultNamespace
    }
}

/// A server and the namespace to work in.
struct Session: Sendable {
    let client: APIClient
    let namespace: String

    /// What the server says it is.
    func version() async throws(APIError) -> ProductVersion {
        ProductVersion(try await client.serverVersion())
    }
}
