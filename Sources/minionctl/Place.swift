import APIClient
import ArgumentParser
import ClusterModel
import Glibc
import Wire

/// Where a command goes: to a node, or to a cluster's master.
struct PlaceOptions: ParsableArguments {
    /// The local socket of an agent that was not told otherwise.
    static let socket = "/run/minion/miniond.sock"
    /// The variable that stands for `--master`.
    static let masterVariable = "MINION_MASTER"

    @Option(
        help: ArgumentHelp(
            "The cluster's master, http://HOST:PORT or https://HOST:PORT; without it the command goes to a node. (default: $MINION_MASTER)",
            valueName: "url"))
    var master: String?
    @Option(
        help: ArgumentHelp(
            "The node to talk to over TCP, HOST:PORT; needs --tls-dir, or --token-file where the port is plain.",
            valueName: "host:port"))
    var server: String?
    @Option(
        name: [.customLong("tls-dir"), .customLong("tls_dir")],
        help: ArgumentHelp(
            "Folder with node.pem and ca.crt of a client, for https:// and --server (minion-master ca issue --client NAME --out).",
            valueName: "dir"), completion: .directory)
    var tlsFolder: String?
    @Option(
        name: [.customLong("token-file"), .customLong("token_file")], help: "File holding the node's token.",
        completion: .file())
    var tokenFile: String?
    @Option(
        help: "The local socket of the node on this machine. (default: \(PlaceOptions.socket))", completion: .file())
    var socket: String?

    func validate() throws {
        if master != nil, server != nil || socket != nil {
            throw ValidationError("--master is a cluster's, --server and --socket are a node's: give one of them")
        }
        if let master = try cluster() { _ = try credentials(for: master) }
    }

    /// The master the command goes to; `nil` where it goes to a node. What is given on the command line beats the variable.
    func cluster() throws -> APIServer? {
        var text = master
        if text == nil, server == nil, socket == nil { text = getenv(Self.masterVariable).map { String(cString: $0) } }
        guard let text, !text.isEmpty else { return nil }
        do {
            return try APIServer(text)
        } catch {
            throw ValidationError("\(master == nil ? "$\(Self.masterVariable)" : "--master"): \(error)")
        }
    }

    /// What the master is shown, and whose certificate it must have; without `--tls-dir` nothing, and the authorities of this
    /// machine count.
    func credentials(for master: APIServer) throws -> APICredentials {
        var credentials = APICredentials()
        guard let tlsFolder else { return credentials }
        guard master.isSecure else {
            throw ValidationError("--tls-dir is for a master at https://, and \(master.base) is none")
        }
        let folder = PKIFolder(path: tlsFolder)
        (credentials.certificateFile, credentials.keyFile) = (folder.node, folder.node)
        credentials.authorityFile = folder.authority
        return credentials
    }

    /// Whether it goes to a node.
    func isNode() throws -> Bool { try cluster() == nil }
}

extension PlaceOptions {
    /// Runs `body` in a session with the node; an error is printed in one line and ends the program with status 1.
    func session(_ body: @Sendable (WireSession) async throws -> Void) async throws {
        try await reaching { try await WireSession.with(try await connect(), token: try token(), body) }
    }

    /// Gives the lines of a container's log on the node to `onLine`. Errors as of `session`.
    func log(_ query: LogQuery, _ onLines: ([LogLine]) async throws -> Void) async throws {
        try await reaching {
            try await LogReading.open(try await connect(), token: try token(), query).read(onLines)
        }
    }

    /// Runs `body` with a client of the master; errors as of `session`.
    func client<Value: Sendable>(
        of master: APIServer, _ body: (APIClient) async throws -> Value
    ) async throws -> Value {
        do {
            return try await APIClient.with(master, credentials: try credentials(for: master), body)
        } catch let error as APIError {
            throw Failure("\(error)")
        }
    }

    private func reaching(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as WireFault {
            throw Failure(error)
        } catch let error as WireError where error.code == .connectFailed && server == nil {
            throw Failure("\(error); miniond must run here, and only root may speak to it")
        } catch let error as WireError {
            throw Failure("\(error)")
        }
    }

    private func connect() async throws -> LineConnection {
        guard let server else { return try await LineClient.connect(unixPath: socket ?? Self.socket) }
        guard let colon = server.lastIndex(of: ":"), let port = Int(server[server.index(after: colon)...]),
            (1...65535).contains(port)
        else { throw ValidationError("--server must be HOST:PORT, was '\(server)'") }
        let tls = try tlsFolder.map { TLSDial(try PKIFolder(path: $0).credentials(), node: nil) }
        return try await LineClient.connect(host: String(server[..<colon]), port: port, tls: tls)
    }

    private func token() throws -> String? {
        guard let tokenFile else { return nil }
        let text = String(decoding: try InputFile.read(tokenFile), as: UTF8.self)
        return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// The end of a command that did not succeed: one message on standard error, status 1.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What the node refused, a line for each cause.
    init(_ fault: WireFault) {
        description = ([fault.description] + fault.causes.map { "  \($0)" }).joined(separator: "\n")
    }

    /// Everything that failed, a line each; `nil` where nothing did.
    init?(_ failures: [String]) {
        guard !failures.isEmpty else { return nil }
        description = failures.joined(separator: "\n")
    }
}
