public import FoundationEssentials
import Glibc
import Machine

/// Where a master keeps its authority: `ca` in the data folder, of mode 0700. Whoever reads `ca.key` can be anybody in the
/// cluster.
public struct AuthorityFolder: Sendable {
    private static let mode = 0o700
    private static let limit = 64 * 1_024

    /// The folder.
    public let path: String

    /// The folder in the data folder of a master.
    public init(dataFolder: String) {
        path = "\(dataFolder)/ca"
    }

    /// How nodes that know this machine by its name reach its secure port.
    public static func url(port: Int) -> String {
        let name = HostAddresses.hostname
        return "https://\(name.isEmpty ? "MASTER" : name):\(port)"
    }

    /// The authority's certificate.
    public var certificate: String { "\(path)/ca.crt" }
    private var key: String { "\(path)/ca.key" }
    /// Where tokens lie.
    var tokens: String { "\(path)/tokens" }

    /// Makes an authority.
    /// - Throws: `exists` where there is one, or a part of one, and then touches nothing; `file`.
    public func initialize(now: Date) throws(AuthorityError) -> CertificateAuthority {
        for file in [certificate, key] where FileManager.default.fileExists(atPath: file) {
            throw AuthorityError(
                .exists, "\(file) is there already: an authority is made once; every certificate depends on it")
        }
        do {
            let authority = try CertificateAuthority.make(now: now)
            try makeFolder(path)
            try makeFolder(tokens)
            try write(authority.keyPEM, to: key, mode: 0o600)
            // The certificate last: who finds it, finds the key.
            try write(authority.certificatePEM, to: certificate, mode: 0o644)
            return authority
        } catch {
            throw AuthorityError(.file, "\(path): \(error)")
        }
    }

    /// The authority; `nil` where none was made.
    /// - Throws: `file` when it cannot be used.
    public func load() throws(AuthorityError) -> CertificateAuthority? {
        guard let certificate = try read(certificate) else { return nil }
        guard let key = try read(key) else { throw AuthorityError(.missing, "\(self.key) is missing") }
        do {
            return try CertificateAuthority(certificatePEM: certificate, keyPEM: key)
        } catch {
            throw AuthorityError(error.code, "\(path): \(error)")
        }
    }

    private func read(_ file: String) throws(AuthorityError) -> String? {
        do {
            return try AtomicFile.read(file, limit: Self.limit).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            throw AuthorityError(.file, "\(error)")
        }
    }

    /// Writes a file that belongs to whom the data folder belongs: `minion-master ca` is run by root, and the daemon is not.
    func write(_ text: String, to file: String, mode: UInt16) throws {
        try AtomicFile.write(Array(text.utf8), to: file, mode: mode)
        try handOver(file)
    }

    private func makeFolder(_ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: Self.mode])
        try handOver(folder)
    }

    private func handOver(_ file: String) throws {
        var above = stat()
        guard getuid() == 0, stat(String(path.dropLast("/ca".count)), &above) == 0 else { return }
        guard lchown(file, above.st_uid, above.st_gid) == 0 else {
            throw AuthorityError(.file, "\(file) cannot be given to the owner of the data folder")
        }
    }
}
