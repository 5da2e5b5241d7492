import Crypto
public import FoundationEssentials
import Glibc
import Machine
public import Wire

/// Tokens that enrol one node each, once. `ca issue` writes them as files beside the authority and the running master takes
/// them; a token counts at the master that gave it out, also where several share an etcd.
///
/// A file holds no secret: only its hash. It is removed before the certificate is made, and the removal is on the disk before
/// anybody is answered: a master that is killed in between has lost a token, and nobody has used it twice.
public struct JoinTokens: Sendable {
    /// Longest life of a token: a week. It lies in a terminal's history until then.
    public static let longestLife = Duration.seconds(7 * 86_400)
    private static let identifierBytes = 6
    private static let secretBytes = 16
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
        let identifier = Self.random(Self.identifierBytes)
        let secret = Self.random(Self.secretBytes)
        let end = Int((now + life.timeInterval).timeIntervalSince1970)
        do {
            try folder.write("\(identity.uri)\n\(end)\n\(Self.hash(secret))\n", to: path(identifier), mode: 0o600)
        } catch {
            throw AuthorityError(.file, "\(error)")
        }
        return "\(identifier).\(secret).\(authority.fingerprint)"
    }

    /// Takes a token: whoever gets its identity is the only one who ever does.
    /// - Returns: `nil` for a token that is unknown, wrong, used or too old; which of these, a stranger is not told.
    /// - Throws: `file` when that cannot be said, or the token cannot be taken.
    func redeem(_ token: String, now: Date) throws(AuthorityError) -> ClusterIdentity? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0].utf8.count == Self.identifierBytes * 2, parts[0].utf8.allSatisfy(Self.isHex)
        else { return nil }
        let path = path(parts[0])
        do {
            guard let bytes = try AtomicFile.read(path, limit: Self.limit) else { return nil }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            guard lines.count == 3, let identity = ClusterIdentity(uri: lines[0]), let end = Int(lines[1]) else {
                throw AuthorityError(.file, "\(path) is no token")
            }
            // Of two hashes: what can be learned from the time says nothing of the secret.
            guard Self.hash(parts[1]) == lines[2] else { return nil }
            let isTaken = try AtomicFile.remove(path)
            return isTaken && Int(now.timeIntervalSince1970) < end ? identity : nil
        } catch let error as AuthorityError {
            throw error
        } catch {
            throw AuthorityError(.file, "\(error)")
        }
    }

    /// Removes the tokens whose time is over.
    /// - Throws: `file`.
    public func sweep(now: Date) throws(AuthorityError) {
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.tokens) {
                let path = "\(folder.tokens)/\(name)"
                guard let bytes = try AtomicFile.read(path, limit: Self.limit) else { continue }
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                guard lines.count == 3, let end = Int(lines[1]), end <= Int(now.timeIntervalSince1970) else { continue }
                _ = try AtomicFile.remove(path)
            }
        } catch {
            throw AuthorityError(.file, "\(error)")
        }
    }

    private func path(_ identifier: String) -> String { "\(folder.tokens)/\(identifier)" }

    private static func random(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex
    }

    private static func hash(_ secret: String) -> String { SHA256.hash(data: Array(secret.utf8)).hex }

    private static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
