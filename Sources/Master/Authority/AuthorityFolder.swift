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
    /// - Throws: `missing` where a part of it is gone: without it nobody would be asked for a certificate any more, and nobody
    ///   told why; `file` when it cannot be used.
    public func load() throws(AuthorityError) -> CertificateAuthority? {
        guard let certificate = try read(certificate) else {
            guard try read(key) == nil else {
                throw AuthorityError(
                    .missing,
                    "\(self.certificate) is missing, and \(key) is there: put it back from your copy; where no "
                        + "certificate was given out yet, remove \(key) and run minion-master ca init")
            }
            return nil
        }
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

    func write(_ text: String, to file: String, mode: UInt16) throws {
        try AtomicFile.write(Array(text.utf8), to: file, mode: mode)
    }

    private func makeFolder(_ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: Self.mode])
    }

    /// Turns root, who runs `minion-master ca`, into the owner of the data folder, for good: what is written then belongs to
    /// the daemon, and a link that the daemon's user has put there leads to nothing that he could not write himself. Others
    /// than root stay who they are, and root where there is no such folder yet.
    /// - Throws: `file` when that cannot be done.
    public func becomeOwner() throws(AuthorityError) {
        let data = String(path.dropLast("/ca".count))
        var folder = stat()
        guard getuid() == 0, stat(data, &folder) == 0, folder.st_uid != 0 else { return }
        var group = folder.st_gid
        guard setgroups(1, &group) == 0, setgid(group) == 0, setuid(folder.st_uid) == 0 else {
            throw AuthorityError(.file, "cannot write as the owner of \(data): \(String(cString: strerror(errno)))")
        }
    }
}
