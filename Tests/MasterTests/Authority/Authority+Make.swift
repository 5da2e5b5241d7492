import FoundationEssentials
import Wire

@testable import Master

extension CertificateAuthority {
    /// Credentials of this authority, made at `now`, for somebody who trusts `trusted` (this one, unless it is said).
    func credentials(
        _ role: ClusterIdentity.Role, _ name: String, life: Duration = .seconds(86_400), now: Date = .now,
        trusted: CertificateAuthority? = nil
    ) throws -> TLSCredentials {
        guard let identity = ClusterIdentity(role, name) else { throw AuthorityError(.name, name) }
        let issued = try issue(to: identity, life: life, now: now)
        return try TLSCredentials(
            certificate: Array(issued.certificate.utf8), key: Array(issued.key.utf8),
            authority: Array((trusted ?? self).certificatePEM.utf8))
    }
}
