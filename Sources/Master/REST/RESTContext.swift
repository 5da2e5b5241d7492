import Hummingbird
import NIOCore

/// What a request knows of its connection.
struct RESTContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

extension Response {
    /// The answer to a request whose body was not read, or not to its end. It closes the connection: first for writing, so
    /// that the client can read the answer, and after a while altogether, so that nobody sends for ever what nobody reads.
    /// - Parameter grace: how long the client may take to notice.
    func closing(_ channel: any Channel, after grace: TimeAmount) -> Response {
        var closing = self
        closing.headers[.connection] = "close"
        let body = body
        closing.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(writer)
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: grace) { channel.close(promise: nil) }
        }
        return closing
    }
}

extension Request {
    /// Whether something follows the head.
    var hasBody: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }
}
