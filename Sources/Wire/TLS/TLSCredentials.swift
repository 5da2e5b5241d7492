import Glibc
import NIOCore
import NIOSSL

/// A certificate of the cluster's authority with its key, and the authority whose certificates count. Made once per
/// certificate; connections that were made with an older one go on.
public final class TLSCredentials: Sendable {
    /// Whom the certificate stands for.
    public let identity: ClusterIdentity
    /// When the certificate ends, in seconds since 1970.
    public let notAfter: Int
    /// When the certificate begins, likewise.
    public let notBefore: Int
    let server: NIOSSLContext
    let client: NIOSSLContext

    /// Credentials of PEM texts (RFC 7468).
    /// - Parameters:
    ///   - certificate: one certificate that names a `ClusterIdentity`.
    ///   - key: its private key.
    ///   - authority: the authority's certificate; during a change of it the old one and the new one.
    /// - Throws: `certificateInvalid` for what cannot be read, for a certificate without identity and for a key of another
    ///   certificate. Whether `authority` has made the certificate, and whether it is valid today, the handshake tells.
    public init(certificate: [UInt8], key: [UInt8], authority: [UInt8]) throws(WireError) {
        let chain = try Self.read("the certificate") { try NIOSSLCertificate.fromPEMBytes(certificate) }
        let roots = try Self.read("the authority's certificate") { try NIOSSLCertificate.fromPEMBytes(authority) }
        let privateKey = try Self.read("the key") { try NIOSSLPrivateKey(bytes: key, format: .pem) }
        guard let leaf = chain.first, !roots.isEmpty else {
            throw WireError(.certificateInvalid, "no certificate in the file")
        }
        let facts = CertificateFacts(leaf)
        guard let identity = facts.identity else {
            throw WireError(.certificateInvalid, "the certificate names no identity of a cluster")
        }
        self.identity = identity
        (notBefore, notAfter) = (facts.notBefore, facts.notAfter)
        var server = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateChain = server.certificateChain
        client.privateKey = server.privateKey
        Self.restrict(&server, roots)
        Self.restrict(&client, roots)
        // Both check that the key is the certificate's.
        self.server = try Self.read("the key") { [server] in try NIOSSLContext(configuration: server) }
        self.client = try Self.read("the key") { [client] in try NIOSSLContext(configuration: client) }
    }

    /// How long the end of a connection waits for the peer's `close_notify` (RFC 8446 §6.1): a peer that hangs must not keep
    /// `LineConnection.abort` for long.
    private static let shutdownMilliseconds: Int64 = 500

    /// Who the peer is, identities say; names of hosts say nothing here.
    private static func restrict(_ configuration: inout TLSConfiguration, _ roots: [NIOSSLCertificate]) {
        configuration.minimumTLSVersion = .tlsv13
        configuration.trustRoots = .certificates(roots)
        configuration.certificateVerification = .noHostnameVerification
        configuration.shutdownTimeout = .milliseconds(shutdownMilliseconds)
    }

    private static func read<Value>(_ what: String, _ read: () throws -> Value) throws(WireError) -> Value {
        do {
            return try read()
        } catch {
            throw WireError(.certificateInvalid, "\(what) cannot be used", cause: error)
        }
    }

    /// Whether half of the certificate's life is over at `now`, in seconds since 1970: then it is renewed, so that two
    /// thirds are never reached by who looks daily. Also before it begins: whoever made it had a clock that was ahead.
    public func isDue(at now: Int) -> Bool { now < notBefore || now - notBefore >= (notAfter - notBefore) / 2 }

    /// What `--check` prints: whom the certificate is for and until when.
    public var summary: String { "\(identity), until \(HandshakeFailure.date(notAfter))" }
}

/// How a client of lines wants TLS.
public struct TLSDial: Sendable {
    /// What it shows, and which authority counts.
    public var credentials: TLSCredentials
    /// The node that must be at the other end; `nil` takes any node.
    public var node: String?

    /// TLS to `node`.
    public init(_ credentials: TLSCredentials, node: String?) {
        self.credentials = credentials
        self.node = node
    }

    /// Throws `certificateInvalid` when `identity` is not of the node that was dialled.
    func check(_ identity: ClusterIdentity?, peer: String) throws(WireError) {
        guard let identity, identity.role == .node else {
            let whose = identity.map { "the certificate of \($0)" } ?? "a certificate without identity"
            throw WireError(.certificateInvalid, "\(peer) showed \(whose), which is no node")
        }
        guard let node, identity.name != node else { return }
        throw WireError(.certificateInvalid, "\(peer) showed the certificate of \(identity), not of node \(node)")
    }
}
