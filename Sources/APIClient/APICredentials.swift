import AsyncHTTPClient
import NIOHTTP1
import NIOSSL

/// What a client shows a server, and what it wants to see of it.
public struct APICredentials: Sendable, Equatable {
    /// For HTTP's basic authentication; sent when it is not empty.
    public var user = ""
    /// The user's password.
    public var password = ""
    /// Sent as `Authorization: Bearer`, before user and password.
    public var bearerToken = ""
    /// A PEM file of the authorities a server's certificate may come from; the machine's own where it is empty.
    public var authorityFile = ""
    /// A PEM file of the client's certificate, and of those above it.
    public var certificateFile = ""
    /// A PEM file of the certificate's key.
    public var keyFile = ""
    /// Takes any certificate: whoever sits between client and server then reads and writes everything.
    public var acceptsAnyCertificate = false

    /// Nothing is shown; the server's certificate is checked.
    public init() {}

    /// Throws `badCertificate` when a file cannot be read or holds no PEM.
    func tlsConfiguration() throws(APIError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if acceptsAnyCertificate { tls.certificateVerification = .none }
        if !authorityFile.isEmpty {
            tls.trustRoots = .certificates(try Self.read(authorityFile) { try NIOSSLCertificate.fromPEMFile($0) })
        }
        if !certificateFile.isEmpty {
            let chain = try Self.read(certificateFile) { try NIOSSLCertificate.fromPEMFile($0) }
            tls.certificateChain = chain.map { .certificate($0) }
        }
        if !keyFile.isEmpty {
            tls.privateKey = .privateKey(try Self.read(keyFile) { try NIOSSLPrivateKey(file: $0, format: .pem) })
        }
        return tls
    }

    func sign(_ request: inout HTTPClientRequest) {
        if !bearerToken.isEmpty {
            request.headers.add(name: "Authorization", value: "Bearer \(bearerToken)")
        } else if !user.isEmpty {
            request.setBasicAuth(username: user, password: password)
        }
    }

    private static func read<Value>(_ file: String, _ read: (String) throws -> Value) throws(APIError) -> Value {
        do {
            return try read(file)
        } catch {
            throw APIError(code: .badCertificate, message: "\(file): \(error)")
        }
    }
}
