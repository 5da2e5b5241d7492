import ClusterModel
import Crypto
import FoundationEssentials
import Wire

/// What is kept of a token that enrols somebody once: of its secret only a hash, so that nobody joins by what he reads; and a
/// seal, so that nobody does by what he writes.
struct JoinToken: Sendable, Equatable {
    static let identifierBytes = 6
    private static let secretBytes = 16

    /// What the token's first part says, in hex.
    let identifier: String
    /// Who joins by it.
    let identity: ClusterIdentity
    /// From when on it counts no more, in seconds since 1970.
    let end: Int
    /// SHA-256 of its secret, in hex.
    let secretHash: String
    /// See `CertificateAuthority.seal`.
    let seal: String
    /// Whether somebody has joined by it.
    var isSpent = false

    /// A new token with its secret.
    static func new(
        for identity: ClusterIdentity, end: Int, authority: CertificateAuthority
    ) -> (token: JoinToken, secret: String) {
        let identifier = random(identifierBytes)
        let secret = random(secretBytes)
        let secretHash = hash(secret)
        let seal = authority.seal(sealed(identifier, identity, end, secretHash))
        return (
            JoinToken(identifier: identifier, identity: identity, end: end, secretHash: secretHash, seal: seal), secret
        )
    }

    /// The same, after somebody has joined by it.
    var spent: JoinToken {
        JoinToken(
            identifier: identifier, identity: identity, end: end, secretHash: secretHash, seal: seal, isSpent: true)
    }

    /// Whether `secret` is its own, and the holder of `authority`'s key has made it.
    func isOpened(by secret: String, _ authority: CertificateAuthority) -> Bool {
        // Of two hashes: what can be learned from the time says nothing of the secret.
        Self.hash(secret) == secretHash && isGenuine(authority)
    }

    /// Whether the holder of `authority`'s key has made it.
    func isGenuine(_ authority: CertificateAuthority) -> Bool {
        Self.hash(authority.seal(Self.sealed(identifier, identity, end, secretHash))) == Self.hash(seal)
    }

    /// The identifier and the secret of what `ca issue` prints; `nil` for what cannot be one.
    static func parts(of text: String) -> (identifier: String, secret: String)? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, isIdentifier(parts[0]) else { return nil }
        return (parts[0], parts[1])
    }

    /// Whether `text` may be an identifier, and so the name of a file or of a document.
    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == identifierBytes * 2 && text.utf8.allSatisfy(isHex)
    }

    private static func sealed(
        _ identifier: String, _ identity: ClusterIdentity, _ end: Int, _ secretHash: String
    ) -> String { "\(identifier)\n\(identity.uri)\n\(end)\n\(secretHash)" }

    private static func random(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex
    }

    private static func hash(_ text: String) -> String { SHA256.hash(data: Array(text.utf8)).hex }

    private static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension JoinToken {
    /// The token of a file or a document; `nil` for what is none.
    init?(identifier: String, document: [UInt8]) {
        guard case .object(let members)? = try? JSONText.parse(document), case .string(let uri)? = members["identity"],
            let identity = ClusterIdentity(uri: uri), case .int(let end)? = members["end"],
            case .string(let secretHash)? = members["hash"], case .string(let seal)? = members["seal"]
        else { return nil }
        self.init(
            identifier: identifier, identity: identity, end: Int(end), secretHash: secretHash, seal: seal,
            isSpent: members["spent"] == .bool(true))
    }

    /// `{"identity":…,"end":…,"hash":…,"seal":…,"spent":…}`.
    var document: [UInt8] {
        let members: JSONObject = [
            "identity": .string(identity.uri), "end": .int(Int64(end)), "hash": .string(secretHash),
            "seal": .string(seal), "spent": .bool(isSpent),
        ]
        var bytes: [UInt8] = []
        members.write(into: &bytes)
        return bytes
    }
}
