import ClusterModel
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization
import Wire

/// `/containerLogs/NAMESPACE/POD/CONTAINER` of a minion (reference §2.11).
struct ContainerLogPath: Equatable {
    /// What it begins with.
    static let prefix = "/containerLogs/"

    var namespace: String
    var pod: String
    var container: String

    /// `nil` for a path that has not exactly the three parts, each percent-encoded as RFC 3986 wants it.
    init?(_ path: String) {
        guard path.hasPrefix(Self.prefix) else { return nil }
        let steps = path.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        let parts = steps.compactMap { PercentEncoding.decode($0) }
        guard steps.count == 3, parts.count == 3, !parts.contains("") else { return nil }
        (namespace, pod, container) = (parts[0], parts[1], parts[2])
    }
}

extension LogRange {
    /// The parameters of a request for a log.
    static let parameters: Set<String> = ["follow", "tail", "since"]

    /// The range that `parameters` ask for.
    /// - Throws: `APIFailure` 400 for a value that is none.
    init(_ parameters: [String: String]) throws(APIFailure) {
        self.init()
        if let text = parameters["tail"], !text.isEmpty {
            guard let count = UInt64(text), count <= Self.tailLimit else {
                throw .badRequest("tail must be a number up to \(Self.tailLimit), was '\(text)'")
            }
            tail = Int(count)
        }
        // As Go reads truth: what is none of these was not followed in 2014 either.
        follow = ["1", "t", "T", "true", "TRUE", "True"].contains(parameters["follow"] ?? "")
        if let text = parameters["since"], !text.isEmpty {
            guard Self.isTime(text) else {
                throw .badRequest("since must be a duration like 10m or a time of RFC 3339, was '\(text)'")
            }
            since = text
        }
    }
}

extension RESTResponder {
    /// What a container wrote, each line with its time in front, until its end or, where it is followed, the client's.
    /// - Throws: `APIFailure`: what the minion refused with, in its words; 400 for a path or a range that is none, 404 for an
    ///   unknown minion, 429 when `RESTLimits.logs` are read already, 502 for a minion that does not answer.
    func log(_ request: Request, _ name: String, _ rest: String, _ query: RESTQuery) async throws -> Response {
        guard let path = ContainerLogPath(rest) else {
            throw APIFailure.badRequest("a log is at /containerLogs/NAMESPACE/POD/CONTAINER, not \(rest)")
        }
        let range = try LogRange(query.log)
        guard case .minion(let minion) = try await registry.get(.minions, namespace: "", name: name) else {
            throw APIFailure.notFound(Resource.minions.messageName, name)
        }
        guard let place = logPlaces.take() else {
            throw APIFailure(429, .tooManyRequests, "\(RESTLimits.logs) logs are read already; try again")
        }
        let pod = ObjectKey(kind: .pod, namespace: path.namespace, name: path.pod)
        let reading: LogReading
        do {
            reading = try await minions.openLog(LogQuery(pod: pod, container: path.container, range: range), on: minion)
        } catch let fault as WireFault {
            throw APIFailure(fault.code, APIStatus.Reason(rawValue: fault.reason.name) ?? .unknown, fault.message)
        } catch {
            throw APIFailure(502, .unavailable, "minion \(name) does not answer: \(error)")
        }
        var fields = HTTPFields()
        fields[.contentType] = "text/plain; charset=utf-8"
        // Looking for the client's end uses the connection up: nobody is to ask again on it.
        fields[.connection] = "close"
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody { writer in
                // What fails from here on cuts the answer: the client must not take it for the whole.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await withGracefulShutdownHandler {
                        do {
                            try await reading.read { try await writer.write(Self.text(of: $0)) }
                        } catch let error as WireError
                            where error.code == .connectionClosed && Task.isShuttingDownGracefully
                        {
                            // Stopped from here: its client sees an end in order.
                        }
                    } onGracefulShutdown: {
                        reading.stop()
                    }
                }
                try await writer.finish(nil)
                withExtendedLifetime(place) {}
            })
    }

    /// The lines as a 2014 kubelet sent them: the time, a space, the text.
    private static func text(of lines: [LogLine]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for line in lines { buffer.writeString("\(line.time) \(line.text)\n") }
        return buffer
    }
}

/// How many logs are read through this master.
final class LogPlaces: Sendable {
    private let taken = Mutex(0)

    /// One of the places, held as long as the answer exists, sent or not; `nil` when there is none.
    func take() -> LogPlace? {
        taken.withLock { taken in
            guard taken < RESTLimits.logs else { return nil }
            taken += 1
            return LogPlace(places: self)
        }
    }

    fileprivate func give() {
        taken.withLock { $0 -= 1 }
    }
}

/// A place for one log.
final class LogPlace: Sendable {
    private let places: LogPlaces

    fileprivate init(places: LogPlaces) {
        self.places = places
    }

    deinit { places.give() }
}
