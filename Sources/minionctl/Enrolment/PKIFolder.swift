import Glibc
import Machine
import Wire

/// The folder in which a node, or a client, keeps what it was given.
struct PKIFolder {
    /// Where miniond looks.
    static let ofTheNode = "/etc/minion/pki"
    private static let mode: mode_t = 0o700
    private static let limit = 64 * 1_024

    let path: String

    /// Certificate and key in one file, so that one rename replaces both.
    var node: String { "\(path)/node.pem" }
    var authority: String { "\(path)/ca.crt" }
    /// The URL of the master that renews.
    var master: String { "\(path)/master" }

    /// What is in the folder. Throws `Failure` for what is missing or cannot be used.
    func credentials() throws -> TLSCredentials {
        let pem = Array(try text(node).utf8)
        do {
            return try TLSCredentials(certificate: pem, key: pem, authority: Array(try text(authority).utf8))
        } catch let error as WireError {
            throw Failure("\(node): \(error)")
        }
    }

    /// The text of one of the files.
    func text(_ file: String) throws -> String {
        let bytes: [UInt8]?
        do {
            bytes = try AtomicFile.read(file, limit: Self.limit)
        } catch {
            throw Failure("\(error)")
        }
        guard let bytes else { throw Failure("\(file): no such file") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Keeps what a node needs; the certificate last, since it is what the agent waits for.
    func write(certificate: String, key: NodeKey, authority: String, master: String) throws {
        guard mkdir(path, Self.mode) == 0 || errno == EEXIST else {
            throw Failure("\(path): \(String(cString: strerror(errno)))")
        }
        do throws(FileError) {
            try AtomicFile.write(Array(authority.utf8), to: self.authority, mode: 0o644)
            try AtomicFile.write(Array((master + "\n").utf8), to: self.master, mode: 0o644)
            try AtomicFile.write(Array((certificate + key.pem).utf8), to: node, mode: 0o600)
        } catch {
            throw Failure("\(error)")
        }
    }
}
