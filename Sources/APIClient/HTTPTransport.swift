import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemPackage

/// One HTTP client with its bounds. Redirections are answers like any other.
struct HTTPTransport: Sendable {
    let http: HTTPClient
    let limits: APILimits

    /// A client for as long as `body` runs; its connections are closed when that ends.
    static func with<Result: Sendable>(
        limits: APILimits, tls: TLSConfiguration? = nil, _ body: (HTTPTransport) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.tlsConfiguration = tls
        // Who has nobody to talk to is told at once, and not after ten seconds of trying.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(configuration: configuration)
        do {
            let result = try await body(HTTPTransport(http: http, limits: limits))
            try await http.shutdown()
            return result
        } catch {
            // The first failure is the one to tell; closing idle connections has nothing to add.
            _ = try? await http.shutdown()
            throw error
        }
    }

    /// The whole answer to `request`: its HTTP status and its body.
    func fetch(_ request: HTTPClientRequest) async throws(APIError) -> (status: Int, body: [UInt8]) {
        do {
            let response = try await http.execute(request, timeout: TimeAmount(limits.requestDeadline))
            let body = try await response.body.collect(upTo: limits.answerLimit)
            return (Int(response.status.code), Array(body.readableBytesView))
        } catch {
            throw APIError(error, request: request, limits: limits)
        }
    }
}

extension APIError {
    /// What went wrong on the way to `request`'s server or back.
    init(_ error: any Error, request: HTTPClientRequest, limits: APILimits) {
        // The original's words: `Get http://…: dial tcp 127.0.0.1:8080: connection refused`.
        let what = "\(request.method.rawValue.capitalizedWord) \(request.url)"
        switch error {
        case let error as APIError:
            self = error
        case let error as HTTPClientError
        where error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout:
            self.init(code: .timeout, message: "\(what): no answer within \(limits.requestDeadline)")
        case is NIOTooManyBytesError:
            self.init(code: .tooLarge, message: "\(what): the answer has more than \(limits.answerLimit) bytes")
        case let error as NIOConnectionError:
            self.init(code: .unreachable, message: "\(what): dial tcp\(Self.reason(error))")
        case let error as IOError where Self.dialFailures.contains(error.errnoCode):
            let address = URIAuthority(of: request.url).address
            self.init(code: .unreachable, message: "\(what): dial tcp \(address): \(error.words)")
        default:
            self.init(code: .unreachable, message: "\(what): \(error)")
        }
    }

    /// What an attempt to connect to an address fails with; a name's is a `NIOConnectionError`.
    private static let dialFailures = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT]

    private static func reason(_ error: NIOConnectionError) -> String {
        guard let attempt = error.connectionErrors.first else {
            // Also where no name server answers: NIO's resolver says `SocketAddressError.unknown` of every lookup that
            // fails, and keeps the code of `getaddrinfo`, which alone tells the two apart, to itself.
            return ": lookup \(error.host): no such host"
        }
        let address = URIAuthority(host: attempt.target.ipAddress ?? error.host, port: error.port).address
        return " \(address): \((attempt.error as? IOError)?.words ?? "\(attempt.error)")"
    }
}

/// Where a URL's server is.
private struct URIAuthority {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host.contains(":") ? "[\(host)]" : host
        self.port = port
    }

    /// That of an http or https URL, as `APIServer` makes them; the port is the scheme's where it has none.
    init(of url: String) {
        let rest = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        let colon = rest.lastIndex(of: ":").flatMap { Int(rest[rest.index(after: $0)...]) == nil ? nil : $0 }
        host = String(colon.map { rest[..<$0] } ?? rest)
        port = colon.flatMap { Int(rest[rest.index(after: $0)...]) } ?? (url.hasPrefix("https:") ? 443 : 80)
    }

    /// `127.0.0.1:8080`, `[::1]:8080`
    var address: String { "\(host):\(port)" }
}

extension IOError {
    /// `connection refused`, as Go writes it.
    fileprivate var words: String { Errno(rawValue: errnoCode).description.lowercased() }
}

extension String {
    fileprivate var capitalizedWord: String { prefix(1) + dropFirst().lowercased() }
}
