import Glibc
import NIOCore
import NIOSSL

/// Says in words why a TLS connection failed, from what BoringSSL calls it and from what the certificate says of itself.
/// BoringSSL tells its reasons only as text; what it does not tell, the certificate's dates do.
public enum HandshakeFailure {
    /// - Parameters:
    ///   - error: what NIOSSL reported.
    ///   - isDialler: whether the peer was dialled from here.
    ///   - certificate: the one the peer showed, if it showed one.
    ///   - now: seconds since 1970.
    static func judge(
        _ error: any Error, peer: String, isDialler: Bool, certificate: CertificateFacts?, now: Int
    ) -> WireError {
        if let known = error as? WireError { return known }
        let text = "\(error)"
        // A peer that closes before it has read our hello is seen as a reset, one that closes before it came as an end.
        let isReset = [ECONNRESET, EPIPE].contains((error as? IOError)?.errnoCode)
        if isReset || text.contains("EOF during handshake") { return earlyEnd(peer, isDialler: isDialler) }
        for (mark, code, words) in table where text.contains(mark) {
            return WireError(code, "\(peer) \(words)")
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return WireError(.certificateInvalid, "\(peer) \(complaint(about: certificate, now: now))")
        }
        return WireError(.connectionClosed, "no TLS with \(peer)", cause: error)
    }

    /// Why TLS with `peer`, a server that was dialled by its host's name or address, failed, in words that begin with `peer`;
    /// `nil` where `error` is not of TLS. For a client that does not get to see the certificate.
    public static func reason(_ error: any Error, peer: String) -> String? {
        let text = "\(error)"
        let own = [
            ("WRONG_VERSION_NUMBER", "does not speak TLS"),
            ("CERTIFICATE_VERIFY_FAILED", "showed a certificate of another authority, or one that is not valid now"),
            ("failedToValidateHostname", "showed a certificate that does not name this host"),
        ]
        let known = own + table.map { ($0.mark, $0.words) }
        return known.first { text.contains($0.0) }.map { "\(peer) \($0.1)" }
    }

    /// What is to be said of a handshake that succeeded with a certificate that is over; `nil` where it is not. A client may
    /// come back with a session ticket (RFC 8446 §2.2), and then nobody verifies its certificate again.
    static func lapse(of certificate: CertificateFacts?, peer: String, now: Int) -> WireError? {
        guard let certificate, now > certificate.notAfter else { return nil }
        return WireError(.certificateInvalid, "\(peer) \(complaint(about: certificate, now: now))")
    }

    /// What is wrong with a certificate that BoringSSL did not accept, in words that follow the peer's name.
    static func complaint(about certificate: CertificateFacts?, now: Int) -> String {
        guard let certificate else { return "showed a certificate that is not of this cluster's authority" }
        let whose = certificate.identity.map { "the certificate of \($0)" } ?? "a certificate"
        if now > certificate.notAfter {
            return "showed \(whose), which expired on \(date(certificate.notAfter)); renew it there (minionctl renew)"
        }
        if now < certificate.notBefore {
            return "showed \(whose), which is not valid before \(date(certificate.notBefore)); here it is "
                + "\(date(now)): compare the clocks"
        }
        // The one other thing that BoringSSL checks is what a certificate is for, and only a client's is not for everything.
        let use = certificate.identity?.role == .client ? ", or not for serving" : ""
        return "showed \(whose) from another authority than this cluster's\(use)"
    }

    /// The alerts of RFC 8446 §6.2, as the peer's verdict on us, and what is no TLS at all.
    private static let table: [(mark: String, code: WireError.Code, words: String)] = [
        (
            "PEER_DID_NOT_RETURN_A_CERTIFICATE", .certificateInvalid,
            "showed no certificate; one of this cluster is needed"
        ),
        ("ALERT_CERTIFICATE_REQUIRED", .certificateRefused, "wants a certificate, and none was shown"),
        (
            "ALERT_CERTIFICATE_EXPIRED", .certificateRefused,
            "refuses the certificate it was shown: it has expired, or is not valid yet by the clock there"
        ),
        ("ALERT_UNKNOWN_CA", .certificateRefused, "refuses the certificate it was shown: it is from another authority"),
        (
            "ALERT_BAD_CERTIFICATE", .certificateRefused,
            "refuses the certificate it was shown: it is damaged"
        ),
        (
            "ALERT_UNSUPPORTED_CERTIFICATE", .certificateRefused,
            "refuses the certificate it was shown: it is not for this use"
        ),
        ("ALERT_PROTOCOL_VERSION", .notTheProtocol, "does not speak TLS 1.3"),
        ("UNSUPPORTED_PROTOCOL", .notTheProtocol, "does not speak TLS 1.3"),
        ("WRONG_VERSION_NUMBER", .notTheProtocol, "does not speak TLS: it has no certificate yet, or it is no minion"),
        ("HTTP_REQUEST", .notTheProtocol, "does not speak TLS"),
    ]

    /// The peer has ended the connection before the handshake was over. An agent does that without a word where too many
    /// connections are open (`LineLimits.maxSecureRefusals`), so who has dialled is told what it may be.
    static func earlyEnd(_ peer: String, isDialler: Bool) -> WireError {
        let hint = isDialler ? "; it may have too many connections, which its journal says" : ""
        return WireError(.connectionClosed, "\(peer) ended the connection in the middle of the TLS handshake\(hint)")
    }

    /// `2026-11-26T15:04:05Z`.
    static func date(_ seconds: Int) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(1900 + parts.tm_year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }
}
