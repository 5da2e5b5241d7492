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
    static func html(_ text: String) -> RESTAnswer {
        RESTAnswer(200, contentType: htmlType, body: Array(text.utf8))
    }

    /// 301 to `location`; `saying` it to people too, as 2014 did to those who only wanted to read.
    static func moved(to location: String, saying: Bool) -> RESTAnswer {
        guard saying else { return RESTAnswer(301, contentType: nil, body: [], location: location) }
        let escaped = htmlEscapes.reduce(location) { $0.replacing($1.character, with: $1.escape) }
        let page = "<a href=\"\(escaped)\">Moved Permanently</a>.\n\n"
        return RESTAnswer(301, contentType: htmlType, body: Array(page.utf8), location: location)
    }

    private static let htmlType = "text/html; charset=utf-8"
    /// The ampersand first: it begins the other escapes.
    private static let htmlEscapes = [
        ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&#34;"), ("'", "&#39;"),
    ].map { (character: $0, escape: $1) }

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
