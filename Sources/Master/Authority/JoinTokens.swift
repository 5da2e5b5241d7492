public import FoundationEssentials
import Machine
public import Wire

/// The tokens that `ca issue` has left beside the authority, one file each, for the master to take into the store: it needs
/// neither a running master nor a right to the store.
public struct JoinTokens: Sendable {
    /// What lies under an identifier.
    enum File {
        case token(JoinToken)
        /// No token as this version writes them.
        case unsuitable
        case absent
    }

    /// Longest life of a token: a week. It lies in a terminal's history until then.
    public static let longestLife = Duration.seconds(7 * 86_400)
    private static let limit = 4_096

    private let folder: AuthorityFolder

    /// The tokens of a master.
    public init(_ folder: AuthorityFolder) {
        self.folder = folder
    }

    /// A new token.
    /// - Returns: `<id>.<secret>.<fingerprint of the authority>`, all in hex.
    /// - Throws: `life` for none or more than `longestLife`; `file`.
    public func make(
        for identity: ClusterIdentity, life: Duration, authority: CertificateAuthority, now: Date
    ) throws(AuthorityError) -> String {
        guard life > .zero, life <= Self.longestLife else {
            throw AuthorityError(
                .life, "a token may live for \(Self.longestLife.components.seconds / 86_400) days at most")
        }
        let end = Int((now + life.timeInterval).timeIntervalSince1970)
        let (token, secret) = JoinToken.new(for: identity, end: end, authority: authority)
        do {
            try folder.write(
                String(decoding: token.document, as: UTF8.self), to: path(token.identifier), mode: 0o600)
        } catch {
            throw AuthorityError(.file, "\(error)")
        }
        return "\(token.identifier).\(secret).\(authority.fingerprint)"
    }

    /// Removes the tokens whose time is over, and files that are none. One that cannot be read is left: the master tells of it,
    /// and a new token needs no old one.
    /// - Throws: `file` for the folder, or where a file cannot be removed.
    public func sweep(now: Date) throws(AuthorityError) {
        for identifier in try waiting() {
            let file: File
            do { file = try self.file(identifier) } catch { continue }
            if case .token(let token) = file, token.end > Int(now.timeIntervalSince1970) { continue }
            try remove(identifier)
        }
    }

    /// The identifiers of the files that are there; none where there is no folder.
    /// - Throws: `file`.
    func waiting() throws(AuthorityError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.tokens)
                .filter(JoinToken.isIdentifier).sorted()
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return []
        } catch {
            throw AuthorityError(.file, "\(folder.tokens): \(error)")
        }
    }

    /// What lies there.
    /// - Throws: `file` where it cannot be read, or has more than 4,096 bytes.
    func file(_ identifier: String) throws(AuthorityError) -> File {
        let bytes: [UInt8]?
        do { bytes = try AtomicFile.read(path(identifier), limit: Self.limit) } catch {
            throw AuthorityError(.file, "\(error)")
        }
        guard let bytes else { return .absent }
        return JoinToken(identifier: identifier, document: bytes).map(File.token) ?? .unsuitable
    }

    /// Removes a file for good; one that is not there is no error.
    /// - Throws: `file`.
    func remove(_ identifier: String) throws(AuthorityError) {
        do { _ = try AtomicFile.remove(path(identifier)) } catch { throw AuthorityError(.file, "\(error)") }
    }

    private func path(_ identifier: String) -> String { "\(folder.tokens)/\(identifier)" }
}
