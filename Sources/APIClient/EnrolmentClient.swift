import AsyncHTTPClient
import ClusterModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Wire

/// Asks a master's secure port for certificates.
public struct EnrolmentClient: Sendable {
    /// A certificate as the master gives it out.
    public struct Answer: Sendable, Equatable {
        /// PEM.
        public var certificate: String
        /// The authority's certificate, PEM.
        public var authority: String
        /// Whom it stands for, as a URI.
        public var identity: String
    }

    private let server: APIServer

    /// A client of `server`, which must be spoken to over TLS. Throws `badAddress`.
    public init(_ server: APIServer) throws(APIError) {
        guard server.isSecure else {
            throw APIError(code: .badAddress, message: "'\(server.base)' is no https:// URL")
        }
        self.server = server
    }

    /// The authority's certificate as PEM, from whoever answers: it is nobody's word until its hash is compared. Nothing is
    /// said to the server.
    public func authority() async throws -> String {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        tls.certificateVerification = .none
        let answer = try await ask(.GET, "/v1/authority", nil, tls)
        guard case .string(let pem)? = answer["authority"] else { throw Self.notUnderstood }
        return pem
    }

    /// Joins with a token; the server must have a certificate of `authority` (PEM) for the name it is reached by.
    /// - Parameter request: a signing request in PEM.
    public func join(_ request: String, token: String, authority: String) async throws -> Answer {
        let tls = try Self.tls(authority)
        return try Self.answer(
            try await ask(.POST, "/v1/join", ["token": .string(token), "csr": .string(request)], tls))
    }

    /// Renews the certificate in `credentials` (PEM of certificate and key).
    public func renew(_ request: String, credentials: [UInt8], authority: String) async throws -> Answer {
        var tls = try Self.tls(authority)
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(credentials)
            tls.certificateChain = chain.map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: credentials, format: .pem))
        } catch {
            throw APIError(code: .badCertificate, message: "the certificate or its key cannot be used: \(error)")
        }
        return try Self.answer(try await ask(.POST, "/v1/renew", ["csr": .string(request)], tls))
    }

    private func ask(
        _ method: HTTPMethod, _ path: String, _ body: JSONObject?, _ tls: TLSConfiguration
    ) async throws -> JSONObject {
        let limits = APILimits()
        return try await HTTPTransport.with(limits: limits, tls: tls) { transport in
            var request = HTTPClientRequest(url: server.base + path)
            request.method = method
            if let body {
                var bytes: [UInt8] = []
                body.write(into: &bytes)
                request.body = .bytes(ByteBuffer(bytes: bytes))
                request.headers.add(name: "Content-Type", value: "application/json")
            }
            let (status, answer) = try await transport.fetch(request)
            guard case .object(let object)? = try? JSONText.parse(answer) else { throw Self.notUnderstood }
            guard status == 200 else {
                var words = "the master answered \(status)"
                if case .string(let message)? = object["message"] { words = message }
                throw APIError(code: .refused, message: words, httpStatus: status, status: object)
            }
            return object
        }
    }

    private static func tls(_ authority: String) throws(APIError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        do {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
        } catch {
            throw APIError(code: .badCertificate, message: "the authority's certificate cannot be used: \(error)")
        }
        return tls
    }

    private static func answer(_ object: JSONObject) throws(APIError) -> Answer {
        guard case .string(let certificate)? = object["certificate"],
            case .string(let authority)? = object["authority"],
            case .string(let identity)? = object["identity"]
        else { throw notUnderstood }
        return Answer(certificate: certificate, authority: authority, identity: identity)
    }

    private static let notUnderstood = APIError(
        code: .notUnderstood, message: "the answer is not a master's; is this its secure port?")
}
