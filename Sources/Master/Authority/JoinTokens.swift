public import FoundationEssentials
import Machine
public import Wire

/// The tokens that `ca issue` has left beside the authority, one file each, for the master to take into the store: it needs neither a
/// running master nor a right to the store.
public struct JoinTokens: Sendable {
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

    /// Removes the tokens whose time is over, and files that are none.
    /// - Throws: `file`.
    public func sweep(now: Date) throws(AuthorityError) {
        for identifier in try waiting() {
            if let token = try token(identifier), token.end > Int(now.timeIntervalSince1970) { continue }
            try remove(identifier)
        }
    }

    /// The identifiers of the files that are there.
    /// - Throws: `file`.
    func waiting() throws(AuthorityError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.tokens)
                .filter(JoinToken.isIdentifier).sorted()
        } catch {
            throw AuthorityError(.file, "\(folder.tokens): \(error)")
        }
    }

    /// The token of a file; `nil` where there is no file, or none that holds a token.
    /// - Throws: `file`.
    func token(_ identifier: String) throws(AuthorityError) -> JoinToken? {
        let bytes: [UInt8]?
        do { bytes = try AtomicFile.read(path(identifier), limit: Self.limit) } catch {
            throw AuthorityError(.file, "\(error)")
        }
        return bytes.flatMap { JoinToken(identifier: identifier, document: $0) }
    }

    /// Removes a file for good; one that is not there is no error.
    /// - Throws: `file`.
    func remove(_ identifier: String) throws(AuthorityError) {
        do { _ = try AtomicFile.remove(path(identifier)) } catch { throw AuthorityError(.file, "\(error)") }
    }

    private func path(_ identifier: String) -> String { "\(folder.tokens)/\(identifier)" }
}
