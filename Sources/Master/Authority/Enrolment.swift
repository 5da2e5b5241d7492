import ClusterModel
import FoundationEssentials
import Logging
import Machine
import Synchronization
import Wire

/// Gives out certificates: for a token, once; and for one that is valid still, of the same name.
final class Enrolment: Sendable {
    private let authority: CertificateAuthority
    private let tokens: TokenLedger
    private let time: MonotonicTime
    private let logger: Logger
    private let attempts = Mutex(JoinAttempts())

    init(_ authority: CertificateAuthority, tokens: TokenLedger, time: MonotonicTime, logger: Logger) {
        self.authority = authority
        self.tokens = tokens
        self.time = time
        self.logger = logger
    }

    /// Lets somebody join who has not shown too many wrong tokens.
    /// - Throws: `APIFailure` 429.
    func admit(_ address: String) throws(APIFailure) {
        guard attempts.withLock({ $0.isBarred(address, now: time.now()) }) else { return }
        throw APIFailure(429, .tooManyRequests, "too many wrong tokens from \(address); try again in a minute")
    }

    /// Lets somebody renew who may.
    /// - Throws: `APIFailure` 403 for a master, which makes its own.
    func admit(_ identity: ClusterIdentity) throws(APIFailure) {
        guard identity.role == .master else { return }
        throw APIFailure(403, .forbidden, "\(identity) makes its certificate itself")
    }

    /// Answers `POST /v1/join`: `{"token":…,"csr":…}`.
    /// - Parameter address: who asks, for the count of wrong tokens.
    /// - Throws: `APIFailure` 400 for what is no request, 401 for a token that is not valid, 429 after too many of these,
    ///   503 when the store does not answer.
    func join(_ body: [UInt8], from address: String, now: Date) async throws(APIFailure) -> JSONObject {
        // Again: others may have come from there while the body was on its way.
        try admit(address)
        let (request, members) = try Self.request(body)
        guard case .string(let token)? = members["token"] else { throw APIFailure.badRequest("\"token\" is missing") }
        // Before the token is taken: a request that cannot be signed must not cost it.
        _ = try sign(request, for: Self.probe, now: now)
        guard let identity = try await redeem(token, now: now) else {
            attempts.withLock { $0.refused(address, now: time.now()) }
            logger.warning("refused \(address): its join token is wrong, used or too old")
            throw APIFailure(
                401, .unauthorized,
                "the token is wrong, used or too old: make a new one on the master (minion-master ca issue NODE)")
        }
        logger.notice("\(identity) has joined from \(address)")
        return try sign(request, for: identity, now: now)
    }

    /// Answers `POST /v1/renew`: `{"csr":…}`.
    /// - Parameter identity: of the certificate the client has shown.
    /// - Throws: `APIFailure` 400 for what is no request, 403 for a master, which makes its own.
    func renew(_ body: [UInt8], as identity: ClusterIdentity, now: Date) throws(APIFailure) -> JSONObject {
        try admit(identity)
        let (request, _) = try Self.request(body)
        let answer = try sign(request, for: identity, now: now)
        logger.info("\(identity) has a new certificate")
        return answer
    }

    /// Stands in while it is tried whether a request can be signed.
    private static let probe = ClusterIdentity(.client, "probe")

    private func sign(_ request: String, for identity: ClusterIdentity?, now: Date) throws(APIFailure) -> JSONObject {
        guard let identity else { throw APIFailure.badRequest("nobody to sign for") }
        do {
            let certificate = try authority.sign(request: request, for: identity, now: now)
            return [
                "certificate": .string(certificate), "authority": .string(authority.certificatePEM),
                "identity": .string(identity.uri),
            ]
        } catch {
            throw APIFailure.badRequest("\(error)")
        }
    }

    private func redeem(_ token: String, now: Date) async throws(APIFailure) -> ClusterIdentity? {
        do {
            return try await tokens.redeem(token, now: now)
        } catch let error as StoreError {
            logger.error("a join token cannot be taken: \(error)")
            throw APIFailure(503, .unavailable, "the master's store does not answer, and the token may be spent")
        } catch {
            logger.error("a join token cannot be taken: \(error)")
            throw APIFailure(500, .internalError, "the master cannot take the token; its journal says why")
        }
    }

    private static func request(_ body: [UInt8]) throws(APIFailure) -> (csr: String, members: JSONObject) {
        guard case .object(let members)? = try? JSONText.parse(body), case .string(let csr)? = members["csr"] else {
            throw APIFailure.badRequest("a JSON object with \"csr\", a signing request in PEM, is wanted")
        }
        return (csr, members)
    }
}
