import ArgumentParser
import SystemPackage
import Wire

/// Which node a command talks to, and how.
struct NodeOptions: ParsableArguments {
    @Option(help: "The node to talk to over TCP, HOST:PORT; needs --tls-dir, or --token-file where the port is plain.")
    var server: String?
    @Option(
        name: [.customLong("tls-dir"), .customLong("tls_dir")],
        help: "Folder with node.pem and ca.crt of a client (minion-master ca issue --client NAME --out).")
    var tlsFolder: String?
    @Option(name: [.customLong("token-file"), .customLong("token_file")], help: "File holding the node's token.")
    var tokenFile: String?
    @Option(help: "The local socket.")
    var socket = "/run/minion/miniond.sock"

    /// Runs `body` in a session with the node; an error is printed in one line and ends the program with status 1.
    func session(_ body: @Sendable (WireSession) async throws -> Void) async throws {
        do {
            let connection = try await connect()
            try await WireSession.with(connection, token: try token(), body)
        } catch let error as WireFault {
            throw Failure(error)
        } catch let error as WireError where error.code == .connectFailed && server == nil {
            throw Failure("\(error); miniond must run here, and only root may speak to it")
        } catch let error as WireError {
            throw Failure("\(error)")
        }
    }

    private func connect() async throws -> LineConnection {
        guard let server else { return try await LineClient.connect(unixPath: socket) }
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
}

/// Reads what a command is given.
enum InputFile {
    /// Larger input than a node takes in one transaction is a mistake.
    static let maxBytes = 64 * 1_024 * 1_024

    /// The bytes of the file at `path`; `-` is standard input.
    static func read(_ path: String) throws -> [UInt8] {
        do {
            if path == "-" { return try all(of: .standardInput, path) }
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            return try file.closeAfter { try all(of: file, path) }
        } catch let error as Errno {
            throw Failure("\(path): \(error)")
        }
    }

    private static func all(of file: FileDescriptor, _ path: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { return bytes }
            bytes += piece.prefix(count)
            if bytes.count > maxBytes { throw Failure("\(path): larger than \(maxBytes) bytes") }
        }
    }
}
