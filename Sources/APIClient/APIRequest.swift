public import ClusterModel

/// One request of the API.
public struct APIRequest: Sendable, Equatable {
    /// What HTTP calls the method.
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// What is to be done.
    public var method: Method
    /// Below `/api/<version>`, each part as it is: they are escaped on the wire.
    public var path: [String]
    /// Parameters, in the order they are written.
    public var query: [(name: String, value: String)] = []
    /// The object sent.
    public var body: JSONObject?

    /// A request without parameters.
    public init(_ method: Method, _ path: [String], body: JSONObject? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }

    /// Adds a parameter unless it is empty, which servers read as "not given".
    public func adding(_ name: String, _ value: String) -> APIRequest {
        guard !value.isEmpty else { return self }
        var request = self
        request.query.append((name, value))
        return request
    }

    /// The whole URL on `server`.
    func url(on server: APIServer) -> String {
        let path = path.map { "/" + $0.percentEncoded }.joined()
        let query = query.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
        return server.base + server.apiPath + path + (query.isEmpty ? "" : "?" + query)
    }

    /// Same requests are written the same.
    public static func == (left: APIRequest, right: APIRequest) -> Bool {
        left.method == right.method && left.path == right.path && left.body == right.body
            && left.query.elementsEqual(right.query, by: ==)
    }
}

extension String {
    /// Everything but RFC 3986's unreserved characters as `%XX`.
    var percentEncoded: String {
        var output: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                output.append(byte)
            default:
                output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
