import ClusterModel
import Hummingbird
import NIOCore
import ServiceLifecycle

extension RESTResponder {
    /// A stream of changes, one JSON object a line, until the client goes, the master stops, or there is nothing more to be
    /// told truthfully: then the last object says why (`"type":"ERROR"`).
    /// - Throws: `APIFailure`: 400 for a selector that is none, 422 for a revision that is none, 410 for one that is
    ///   too old, 429 when there are `RESTLimits.watches` already.
    func watch(_ resource: Resource, _ query: RESTQuery, _ request: Request) async throws -> Response {
        let selectors = try query.selectors()
        let revision = try query.revision(of: resource)
        guard let place = WatchPlace(resource, metrics) else {
            throw APIFailure(429, .tooManyRequests, "\(RESTLimits.watches) watches are open; try again")
        }
        let events = try await registry.watch(
            resource, namespace: query.namespace, labels: selectors.labels, fields: selectors.fields, after: revision)
        // No content type, as in 2014.
        return Response(
            status: .ok,
            body: ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await Self.write(events, to: &writer)
                }
                try await writer.finish(nil)
                withExtendedLifetime(place) {}
            })
    }

    private static func write(
        _ events: APIWatch, to writer: inout any ResponseBodyWriter
    ) async throws {
        do {
            for try await event in events.cancelOnGracefulShutdown() { try await writer.write(line(event.json())) }
        } catch let failure as APIFailure {
            try await writer.write(line(["type": "ERROR", "object": .object(failure.status.json())]))
        }
    }

    private static func line(_ object: JSONObject) -> ByteBuffer {
        var bytes: [UInt8] = []
        object.write(into: &bytes, escaping: .asGo)
        bytes.append(UInt8(ascii: "\n"))
        return ByteBuffer(bytes: bytes)
    }
}

/// One of the places for watches, held as long as the answer exists, sent or not.
final class WatchPlace: Sendable {
    private let resource: Resource
    private let metrics: RESTMetrics

    /// Takes a place; `nil` when there is none.
    init?(_ resource: Resource, _ metrics: RESTMetrics) {
        guard metrics.beginWatch(resource) else { return nil }
        self.resource = resource
        self.metrics = metrics
    }

    deinit { metrics.endWatch(resource) }
}
