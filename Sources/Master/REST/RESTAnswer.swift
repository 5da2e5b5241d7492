import ClusterModel
import Hummingbird
import NIOCore

/// An answer that is whole: everything but watches and what is passed on.
struct RESTAnswer: Sendable, Equatable {
    /// The HTTP status.
    var status: Int
    /// `nil` for none, as in some answers of 2014.
    var contentType: String?
    /// What is said.
    var body: [UInt8]
    /// Where a redirection leads.
    var location: String?

    /// An answer.
    init(_ status: Int, contentType: String?, body: [UInt8], location: String? = nil) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.location = location
    }

    /// A JSON object.
    static func json(_ object: JSONObject, status: Int = 200) -> RESTAnswer {
        var body: [UInt8] = []
        object.write(into: &body, escaping: .asGo)
        return RESTAnswer(status, contentType: "application/json", body: body)
    }

    /// Plain text.
    static func text(_ text: String, status: Int = 200) -> RESTAnswer {
        RESTAnswer(status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// A page.
    static func html(_ text: String, status: Int = 200, location: String? = nil) -> RESTAnswer {
        RESTAnswer(
            status, contentType: "text/html; charset=utf-8", body: Array(text.utf8), location: location)
    }

    /// A `Status`, with its code.
    static func status(_ status: APIStatus) -> RESTAnswer { json(status.json(), status: status.code) }

    /// 404 for a path that means nothing, quoted as Go quotes it.
    /// - Parameter target: path and query as they came.
    static func unknown(_ target: String) -> RESTAnswer {
        text("Not Found: \(JSONValue.string(target).text)", status: 404)
    }

    /// The answer as Hummingbird sends it.
    var response: Response {
        var headers = HTTPFields()
        headers[.contentType] = contentType
        headers[.location] = location
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
