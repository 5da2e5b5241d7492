import ClusterModel
import Hummingbird
import NIOCore
import Wire

/// The body of a request as the registry takes it.
enum ObjectBody {
    /// The value `bytes` spell, JSON or YAML: a YAML reader, as in 2014, so that comments and trailing commas are taken.
    /// - Throws: `APIFailure` 400 where 2014 answered 500, in its words as far as they can be the same.
    static func parse(_ bytes: [UInt8]) throws(APIFailure) -> JSONValue {
        // What is JSON needs no YAML reader, which costs ten times as much.
        if let value = try? JSONText.parse(bytes), value != .null { return value }
        let documents: [LocatedDocument]
        do {
            documents = try YAMLText.parse(bytes)
        } catch {
            let place = error.line.map { "line \($0): " } ?? ""
            throw APIFailure.badRequest("couldn't get version/kind: YAML error: \(place)\(error.message)")
        }
        guard documents.count <= 1 else {
            throw APIFailure.badRequest("one object is wanted, the body holds \(documents.count)")
        }
        guard let value = documents.first?.value, value != .null else { throw APIFailure.badRequest("empty input") }
        return value
    }

    /// The whole body, of at most `longest` bytes and within `limit`: past the time the connection is closed, since
    /// nobody is there who listens. Its bytes are held by `share`.
    /// - Throws: `APIFailure` 413 for a longer one, 429 when all bodies together are too large; the connection's error when it
    ///   ends early.
    static func read(
        _ request: Request, _ channel: any Channel, within limit: TimeAmount, _ share: BodyBudget.Share,
        upTo longest: Int = RESTLimits.bodyBytes
    ) async throws -> [UInt8] {
        let tooLarge = APIFailure(413, .tooLarge, "the body is longer than \(longest) bytes, which none may be here")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > longest {
            throw tooLarge
        }
        let deadline = channel.eventLoop.scheduleTask(in: limit) {
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        var bytes: [UInt8] = []
        for try await part in request.body {
            guard bytes.count + part.readableBytes <= longest else { throw tooLarge }
            try share.take(part.readableBytes)
            bytes += part.readableBytesView
        }
        return bytes
    }
}
