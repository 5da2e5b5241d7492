import AsyncHTTPClient
import ClusterModel
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Wire

/// Calls of etcd's JSON gateway (etcd.io/docs/v3.4/dev-guide/api_grpc_gateway): a POST of a JSON object per call, to
/// whichever endpoint answers. The one that answered last is asked first.
final class EtcdClient: Sendable {
    /// How long an endpoint may take to accept a connection.
    static let connectLimit: TimeAmount = .seconds(2)
    /// How long an endpoint may take to begin its answer: longer than etcd's own limit for a healthy cluster's commit.
    static let attemptLimit: Duration = .seconds(5)
    /// How long an answer that has begun, or a watch, may be silent. A quiet watch is opened again after this, which is also
    /// how an endpoint that hangs is noticed.
    static let silenceLimit: Duration = .seconds(10)
    /// The largest answer; a page of a listing is asked for again in smaller ones.
    static let answerLimit = 64 << 20
    /// Connections per endpoint for calls.
    static let connectionLimit = 256
    /// Connections per endpoint for streams, which have a pool of their own: no number of watches keeps a commit or the
    /// renewal of a lease waiting.
    static let streamLimit = 64

    private let endpoints: [String]
    private let answerLimit: Int
    private let http: HTTPClient
    private let streams: HTTPClient
    private let sharedStreams: HTTPClient
    /// The index of the endpoint to ask first.
    private let preferred = Mutex(0)

    /// - Parameters:
    ///   - endpoints: `http://host:port` or `https://host:port`, at least one.
    ///   - silence: how long an answer may be silent; tests have less patience.
    ///   - answerLimit: the largest answer; tests have less room.
    /// - Throws: `invalid` for anything else.
    init(
        endpoints: [String], silence: Duration = EtcdClient.silenceLimit, answerLimit: Int = EtcdClient.answerLimit
    ) throws(StoreError) {
        self.answerLimit = answerLimit
        guard !endpoints.isEmpty else { throw StoreError(.invalid, "etcd needs at least one endpoint") }
        self.endpoints = try endpoints.map { endpoint throws(StoreError) in
            guard endpoint.hasPrefix("http://") || endpoint.hasPrefix("https://") else {
                throw StoreError(.invalid, "etcd endpoint '\(endpoint)' is not http://HOST:PORT or https://HOST:PORT")
            }
            return endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        }
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: Self.connectLimit, read: TimeAmount(silence))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionLimit
        // A refused connection is the next endpoint's turn at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.streamLimit
        streams = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        sharedStreams = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends every call and watch. Must be called before the client is let go of.
    func shutdown() async throws(StoreError) {
        do {
            try await sharedStreams.shutdown()
            try await streams.shutdown()
            try await http.shutdown()
        } catch {
            throw StoreError(.unavailable, "etcd client: \(error)")
        }
    }

    /// One call and its answer.
    ///
    /// - Parameters:
    ///   - isRepeatable: whether it may be sent again when it is unknown whether it was done.
    ///   - limit: how long one endpoint may take.
    /// - Throws: what etcd answers, see `StoreError.init(etcd:)`; `unavailable` when no endpoint does; `invalid` when the
    ///   answer is larger than `answerLimit`.
    func call(
        _ path: String, _ body: JSONObject, isRepeatable: Bool, limit: Duration = EtcdClient.attemptLimit
    ) async throws(StoreError) -> JSONObject {
        try await askEach(http, path, body, isRepeatable: isRepeatable, limit: limit) { response throws(StoreError) in
            let bytes: [UInt8]
            do {
                bytes = Array((try await response.body.collect(upTo: answerLimit)).readableBytesView)
            } catch is NIOTooManyBytesError {
                throw StoreError(.invalid, "etcd \(path): the answer is larger than \(answerLimit) bytes")
            } catch {
                throw StoreError(.unavailable, "etcd \(path): \(error)")
            }
            guard response.status == .ok else { throw StoreError(etcd: bytes, status: response.status.code) }
            return try JSONObject(etcd: bytes)
        }
    }

    /// Opens a stream of answers.
    /// - Parameter isShared: whether many depend on it; it does not wait for a connection that others have.
    /// - Throws: as `call`.
    func stream(
        _ path: String, _ body: JSONObject, isShared: Bool = false
    ) async throws(StoreError) -> HTTPClientResponse.Body {
        let pool = isShared ? sharedStreams : streams
        return try await askEach(pool, path, body, isRepeatable: true, limit: Self.attemptLimit) {
            response throws(StoreError) in
            guard response.status == .ok else {
                throw StoreError(.unavailable, "etcd \(path): status \(response.status.code)")
            }
            return response.body
        }
    }

    /// Asks one endpoint after the other until one gives an answer that another would not give differently.
    private func askEach<Answer>(
        _ http: HTTPClient, _ path: String, _ body: JSONObject, isRepeatable: Bool, limit: Duration,
        read: (HTTPClientResponse) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        var bytes: [UInt8] = []
        body.write(into: &bytes)
        let first = preferred.withLock { $0 }
        var failure = StoreError(.unavailable, "etcd \(path): not asked")
        for offset in 0..<endpoints.count where !Task.isCancelled {
            let index = (first + offset) % endpoints.count
            var request = HTTPClientRequest(url: endpoints[index] + path)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(bytes)
            do {
                let response = try await http.execute(request, timeout: TimeAmount(limit))
                let answer = try await read(response)
                preferred.withLock { $0 = index }
                return answer
            } catch let error as StoreError {
                preferred.withLock { $0 = (error.code == .unavailable ? index + 1 : index) % endpoints.count }
                guard error.code == .unavailable, isRepeatable else { throw error }
                failure = error
            } catch {
                preferred.withLock { $0 = (index + 1) % endpoints.count }
                failure = StoreError(.unavailable, "etcd at \(endpoints[index]): \(error)")
                guard isRepeatable || Self.wasNotSent(error) else { throw failure }
            }
        }
        throw failure
    }

    /// Whether a call ended before anything of it could reach etcd.
    private static func wasNotSent(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as HTTPClientError: error == .connectTimeout || error == .getConnectionFromPoolTimeout
        case let error as ChannelError: if case .connectTimeout = error { true } else { false }
        // Only connect(2) says so.
        case let error as IOError: error.errnoCode == ECONNREFUSED
        default: false
        }
    }
}
