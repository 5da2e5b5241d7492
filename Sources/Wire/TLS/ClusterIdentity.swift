public import NIOSSL

/// Whom a certificate of the cluster's authority stands for, and what that one may do. It is written into the certificate
/// as a URI among its alternative names (RFC 5280 §4.2.1.6), `minion://nodes/yy2`: unlike a DNS name, none of those that
/// anybody verifies hosts by, so that no host name can be chosen to look like a master.
public struct ClusterIdentity: Sendable, Hashable {
    /// What the holder is.
    public enum Role: String, Sendable, CaseIterable {
        /// An agent: serves port 10250 and may renew its own certificate.
        case node = "nodes"
        /// A master: writes to every agent.
        case master = "masters"
        /// A person or a program with all rights of the API and of port 10250.
        case client = "clients"
    }

    /// What the holder is.
    public let role: Role
    /// The node's, the machine's or the person's name.
    public let name: String

    /// Longest name, in bytes: that of a DNS subdomain (reference §1.0 "Name formats").
    static let longestName = 253
    private static let scheme = "minion://"

    /// An identity; `nil` when `name` is no DNS subdomain or IPv4 address in lower case.
    public init?(_ role: Role, _ name: String) {
        guard !name.isEmpty, name.utf8.count <= Self.longestName, name.utf8.allSatisfy(Self.isNameByte),
            name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ label in
                !label.isEmpty && label.first != "-" && label.last != "-"
            })
        else { return nil }
        self.role = role
        self.name = name
    }

    /// The identity that `uri` spells; `nil` for any other URI.
    public init?(uri: String) {
        guard uri.hasPrefix(Self.scheme) else { return nil }
        let parts = uri.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let role = Role(rawValue: String(parts[0])) else { return nil }
        self.init(role, String(parts[1]))
    }

    /// `minion://nodes/yy2`.
    public var uri: String { "\(Self.scheme)\(role.rawValue)/\(name)" }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}

extension ClusterIdentity {
    /// Whom `certificate`, which somebody has verified, stands for; `nil` when it does not say, or not clearly.
    public init?(_ certificate: NIOSSLCertificate) {
        guard let identity = CertificateFacts(certificate).identity else { return nil }
        self = identity
    }
}

extension ClusterIdentity: CustomStringConvertible {
    /// `node yy2`.
    public var description: String { "\(role) \(name)" }
}

/// What a certificate says of itself, as far as NIOSSL reads it.
struct CertificateFacts: Sendable, Equatable {
    /// `nil` when no alternative name is an identity, or several are.
    var identity: ClusterIdentity?
    /// Seconds since 1970 (RFC 5280 §4.1.2.5).
    var notBefore: Int
    var notAfter: Int

    init(identity: ClusterIdentity?, notBefore: Int, notAfter: Int) {
        self.identity = identity
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    init(_ certificate: NIOSSLCertificate) {
        // The underscore says that NIOSSL may rename it; the price of the alternative is a DER reader of our own.
        let uris = certificate._subjectAlternativeNames().filter { $0.nameType == .uri }
        let identities = uris.compactMap { ClusterIdentity(uri: String(decoding: $0.contents, as: UTF8.self)) }
        self.init(
            identity: identities.count == 1 ? identities.first : nil,
            notBefore: Int(certificate.notValidBefore), notAfter: Int(certificate.notValidAfter))
    }
}
