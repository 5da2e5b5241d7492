import Crypto
public import FoundationEssentials
import SwiftASN1
public import Wire
import X509

/// The cluster's certificate authority: one P-256 key that signs what nodes, masters and clients show each other (RFC 5280).
/// There is no list of revoked certificates: they are short-lived, and whom nobody renews is out when his ends.
public struct CertificateAuthority: Sendable {
    /// How long the authority's own certificate counts: ten years.
    static let life = Duration.seconds(3_650 * 86_400)
    /// How long a node's or a client's certificate counts: 90 days, of which two thirds may pass before somebody must act.
    public static let memberLife = Duration.seconds(90 * 86_400)
    /// How far in the past a certificate begins, for machines whose clocks are behind.
    static let backdating = Duration.seconds(300)
    /// Longest certificate signing request, in bytes of PEM.
    static let longestRequest = 16 * 1_024

    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey
    /// The authority's certificate, which everybody may have.
    public let certificatePEM: String
    /// SHA-256 of the certificate's DER, in hex: whoever knows it takes no other authority for this one.
    public let fingerprint: String

    /// A certificate with its key, both PEM.
    public struct Issued: Sendable {
        /// The certificate.
        public let certificate: String
        /// PKCS #8 (RFC 5958).
        public let key: String
    }

    private init(certificate: Certificate, key: P256.Signing.PrivateKey) throws {
        self.certificate = certificate
        self.key = key
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
        var der = DER.Serializer()
        try certificate.serialize(into: &der)
        fingerprint = SHA256.hash(data: der.serializedBytes).hex
    }

    /// The private key, PKCS #8 in PEM. It goes into one file and nowhere else.
    var keyPEM: String { key.pemRepresentation + "\n" }

    /// What only who has the key can make of `text`, in hex (HMAC-SHA256, RFC 2104, by a key derived from the authority's, RFC
    /// 5869): whoever may write to the store, and no more, makes no tokens.
    func seal(_ text: String) -> String {
        let own = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.rawRepresentation), info: Array("minion join token".utf8),
            outputByteCount: SHA256.byteCount)
        return HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: own).hex
    }

    /// A new authority.
    public static func make(now: Date) throws -> CertificateAuthority {
        let key = P256.Signing.PrivateKey()
        let signing = Certificate.PrivateKey(key)
        let identifier = SubjectKeyIdentifier(hash: signing.publicKey)
        // A name of its own, so that a certificate of another authority is told from one that is damaged.
        let number = SHA256.hash(data: key.publicKey.derRepresentation).hex.prefix(8)
        let name = try DistinguishedName {
            OrganizationName("minion")
            CommonName("authority \(number)")
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: signing.publicKey,
            notValidBefore: now - backdating.timeInterval, notValidAfter: now + life.timeInterval, issuer: name,
            subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                identifier
            }, issuerPrivateKey: signing)
        return try CertificateAuthority(certificate: certificate, key: key)
    }

    /// The authority of these PEM texts. Throws `file` when they are none, or of two authorities.
    init(certificatePEM: String, keyPEM: String) throws(AuthorityError) {
        do {
            let certificate = try Certificate(pemEncoded: certificatePEM)
            let key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
            guard certificate.publicKey == Certificate.PrivateKey(key).publicKey else {
                throw AuthorityError(.file, "the key is not that of the authority's certificate")
            }
            try self.init(certificate: certificate, key: key)
        } catch let error as AuthorityError {
            throw error
        } catch {
            throw AuthorityError(.file, "no certificate authority: \(error)")
        }
    }

    // MARK: Issuing

    /// A certificate for whoever made the request, whose own wishes – names, uses – do not count: they were agreed on when the
    /// token was given out, or stand in the certificate that is renewed.
    /// - Parameter request: PKCS #10 in PEM (RFC 2986).
    /// - Returns: PEM.
    /// - Throws: `request`.
    func sign(
        request: String, for identity: ClusterIdentity, life: Duration = memberLife, now: Date
    ) throws(AuthorityError) -> String {
        guard request.utf8.count <= Self.longestRequest else {
            throw AuthorityError(.request, "the signing request is longer than \(Self.longestRequest) bytes")
        }
        do {
            let request = try CertificateSigningRequest(pemEncoded: request)
            // Proof that he who asks has the key (RFC 2986 §3).
            guard request.publicKey.isValidSignature(request.signature, for: request) else {
                throw AuthorityError(.request, "the signing request is not signed by its own key")
            }
            return try certificate(request.publicKey, identity, hosts: [], life: life, now: now)
        } catch let error as AuthorityError {
            throw error
        } catch {
            throw AuthorityError(.request, "no signing request: \(error)")
        }
    }

    /// A certificate with a new key, for copying by hand and for a master itself.
    /// - Parameter hosts: names and addresses by which clients may verify the holder, beside the identity's name.
    public func issue(
        to identity: ClusterIdentity, hosts: [String] = [], life: Duration = memberLife, now: Date
    ) throws -> Issued {
        let key = P256.Signing.PrivateKey()
        let certificate = try certificate(
            Certificate.PrivateKey(key).publicKey, identity, hosts: hosts, life: life, now: now)
        return Issued(certificate: certificate, key: key.pemRepresentation + "\n")
    }

    private func certificate(
        _ publicKey: Certificate.PublicKey, _ identity: ClusterIdentity, hosts: [String], life: Duration, now: Date
    ) throws -> String {
        let subject = try DistinguishedName {
            OrganizationName("minion:\(identity.role.rawValue)")
            CommonName(String(identity.name.prefix(Self.longestCommonName)))
        }
        let hostNames = identity.role == .client ? hosts : [identity.name] + hosts
        let uses: [ExtendedKeyUsage.Usage] = identity.role == .client ? [.clientAuth] : [.serverAuth, .clientAuth]
        let end = min(now + life.timeInterval, certificate.notValidAfter)
        let issued = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey,
            notValidBefore: now - Self.backdating.timeInterval, notValidAfter: end, issuer: certificate.subject,
            subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage(uses)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
                SubjectAlternativeNames(
                    [.uniformResourceIdentifier(identity.uri)] + Self.unique(hostNames).map(Self.generalName))
            }, issuerPrivateKey: Certificate.PrivateKey(key))
        return try issued.serializeAsPEM().pemString + "\n"
    }

    /// RFC 5280 appendix A.1, ub-common-name. The whole name stands among the alternative names.
    private static let longestCommonName = 64

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static func generalName(_ host: String) -> GeneralName {
        HostAddresses.bytes(of: host).map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(host)
    }
}

extension Duration {
    /// In seconds.
    var timeInterval: TimeInterval { TimeInterval(components.seconds) }
}

extension Sequence<UInt8> {
    /// Two digits a byte.
    var hex: String {
        let digits = Array("0123456789abcdef")
        return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
