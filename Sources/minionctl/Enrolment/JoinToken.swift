import Crypto
import SwiftASN1
import X509

/// A token of `minion-master ca issue`: it lets one node in, and tells the node which authority is the right one.
struct JoinToken {
    /// The token as it is sent.
    let text: String
    /// SHA-256 of the authority's certificate, in hex.
    let fingerprint: String

    private static let fingerprintDigits = SHA256.byteCount * 2

    /// `nil` for what is no token.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty, parts[2].utf8.count == Self.fingerprintDigits
        else { return nil }
        self.text = text
        fingerprint = String(parts[2])
    }

    /// Whether `pem` is the certificate of the token's authority.
    func isOf(authority pem: String) throws -> Bool {
        var der = DER.Serializer()
        try Certificate(pemEncoded: pem).serialize(into: &der)
        return SHA256.hash(data: der.serializedBytes).hexText == fingerprint
    }
}

extension SHA256.Digest {
    /// Two digits a byte.
    fileprivate var hexText: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
