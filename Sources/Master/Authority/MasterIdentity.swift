import FoundationEssentials
import Logging
import Machine
import NIOCore
import NIOSSL
import Synchronization
import Wire

/// The master's own certificate. It is made from the authority when the master starts, lives in memory only, and is made anew
/// long before it ends; connections that are open go on with the old one.
final class MasterIdentity: Sendable {
    /// How long a certificate of the master counts: a week. Nobody has to copy it anywhere.
    static let life = Duration.seconds(7 * 86_400)
    /// How often it is looked at: so long an address that the machine was given, or a clock that was set back, keeps
    /// clients out.
    static let interval = Duration.seconds(60)

    private struct State {
        var credentials: TLSCredentials
        /// Whom it was made for.
        var hosts: [String]
        var chain: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
        /// With which another master is asked. The same until there is a new certificate, so that connections are used again.
        var client: TLSConfiguration
    }

    let authority: CertificateAuthority
    private let identity: ClusterIdentity
    private let hosts: @Sendable () -> [String]
    private let roots: [NIOSSLCertificate]
    private let state: Mutex<State>

    /// An identity with a fresh certificate.
    /// - Parameter hosts: by which clients reach this master's secure port; asked whenever the certificate is looked at.
    /// - Throws: `AuthorityError` `name` when the host's name is none for a certificate.
    init(
        _ authority: CertificateAuthority, name: String, now: Date, hosts: @escaping @Sendable () -> [String]
    ) throws {
        guard let identity = ClusterIdentity(.master, name) else {
            throw AuthorityError(.name, "this machine's name '\(name)' cannot stand in a certificate")
        }
        self.authority = authority
        self.identity = identity
        self.hosts = hosts
        roots = try NIOSSLCertificate.fromPEMBytes(Array(authority.certificatePEM.utf8))
        state = Mutex(try Self.make(authority, identity, roots, hosts(), now))
    }

    /// What minions are dialled with.
    var credentials: TLSCredentials { state.withLock { $0.credentials } }

    /// What another master is dialled with: it must be of the authority, and its certificate must name the host that is
    /// dialled. Nodes have certificates for their own names too, so a name that is a master's must be no other machine's.
    var clientConfiguration: TLSConfiguration { state.withLock { $0.client } }

    /// Makes a new certificate once half of the old one's life is over, and where it does not count by the clock or the names
    /// and addresses of today.
    /// - Returns: whether it did.
    func renewIfDue(now: Date) throws -> Bool {
        let hosts = hosts()
        let (old, names) = state.withLock { ($0.credentials, $0.hosts) }
        guard old.isDue(at: Int(now.timeIntervalSince1970)) || Set(hosts) != Set(names) else { return false }
        let fresh = try Self.make(authority, identity, roots, hosts, now)
        state.withLock { $0 = fresh }
        return true
    }

    /// Runs until it is cancelled.
    func keepFresh(_ time: MonotonicTime, _ logger: Logger) async throws {
        while true {
            try await time.sleep(Self.interval)
            do {
                if try renewIfDue(now: .now) { logger.notice("the master has a new certificate") }
            } catch {
                logger.error("the master's certificate cannot be renewed: \(error)")
            }
        }
    }

    /// What the secure port is opened with: a client may come without a certificate, to join; one that it shows must be of the
    /// authority. Each handshake asks for the newest certificate.
    var serverConfiguration: TLSConfiguration {
        let (chain, key) = state.withLock { ($0.chain, $0.key) }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.minimumTLSVersion = .tlsv13
        configuration.trustRoots = .certificates(roots)
        configuration.certificateVerification = .optionalVerification
        configuration.sslContextCallback = { [self] _, promise in
            var newest = NIOSSLContextConfigurationOverride()
            (newest.certificateChain, newest.privateKey) = state.withLock { ($0.chain, $0.key) }
            promise.succeed(newest)
        }
        return configuration
    }

    private static func make(
        _ authority: CertificateAuthority, _ identity: ClusterIdentity, _ roots: [NIOSSLCertificate],
        _ hosts: [String], _ now: Date
    ) throws -> State {
        let issued = try authority.issue(to: identity, hosts: hosts, life: life, now: now)
        let certificate = Array(issued.certificate.utf8)
        let key = Array(issued.key.utf8)
        let chain = try NIOSSLCertificate.fromPEMBytes(certificate).map { NIOSSLCertificateSource.certificate($0) }
        let privateKey = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
        var client = TLSConfiguration.makeClientConfiguration()
        client.minimumTLSVersion = .tlsv13
        client.trustRoots = .certificates(roots)
        client.certificateChain = chain
        client.privateKey = privateKey
        return State(
            credentials: try TLSCredentials(
                certificate: certificate, key: key, authority: Array(authority.certificatePEM.utf8)),
            hosts: hosts, chain: chain, key: privateKey, client: client)
    }
}
