import Crypto
import SwiftASN1
import X509

/// A private key that is made here and never leaves this machine, and the request for a certificate of it.
struct NodeKey {
    private let key = P256.Signing.PrivateKey()

    /// PKCS #8 in PEM.
    var pem: String { key.pemRepresentation + "\n" }

    /// A signing request (PKCS #10) in PEM. It asks for nothing but a certificate: whom that is for, the master knows.
    func request() throws -> String {
        let request = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName {}, privateKey: Certificate.PrivateKey(key), attributes: .init(),
            signatureAlgorithm: .ecdsaWithSHA256)
        return try request.serializeAsPEM().pemString + "\n"
    }

    /// Whether `certificate` (PEM) is of this key.
    func isOf(_ certificate: String) throws -> Bool {
        try Certificate(pemEncoded: certificate).publicKey == Certificate.PrivateKey(key).publicKey
    }
}
