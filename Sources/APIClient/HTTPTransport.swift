import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

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
        let what = "\(request.method.rawValue) \(request.url)"
        switch error {
        case let error as APIError:
            self = error
        case let error as HTTPClientError
        where error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout:
            self.init(code: .timeout, message: "\(what): no answer within \(limits.requestDeadline)")
        case is NIOTooManyBytesError:
            self.init(code: .tooLarge, message: "\(what): the answer has more than \(limits.answerLimit) bytes")
        case let error as NIOConnectionError:
            let why = error.connectionErrors.first?.error ?? error.dnsAError ?? error
            self.init(code: .unreachable, message: "\(what): \(why)")
        default:
            self.init(code: .unreachable, message: "\(what): \(error)")
        }
    }
}
