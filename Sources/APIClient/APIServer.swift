/// Where an API server listens, and which version of the API is spoken with it.
public struct APIServer: Sendable, Equatable {
    /// The versions every server of the reference serves; they have one wire format (reference §1.0 "apiVersion").
    public static let versions = ["v1beta1", "v1beta2"]

    /// `http://host:port`, with the path the server is mounted at, without a slash at the end.
    public let base: String
    /// One of `versions`.
    public let version: String

    /// The server at `text`: a URL, or a host with or without a port, which is spoken to over HTTP.
    ///
    /// Throws `badAddress` for a scheme that is neither http nor https, for an empty host, a query or white space, for a
    /// path without a scheme, and for a version that is none of `versions`.
    public init(_ text: String, version: String = APIServer.versions[0]) throws(APIError) {
        guard Self.versions.contains(version) else {
            throw APIError(
                code: .badAddress,
                message:
                    "API version '\(version)' is not recognized (valid values: \(Self.versions.joined(separator: ", ")))"
            )
        }
        let isURL = text.contains("://")
        // `h/prefix` may be a name of anything; `http://h/prefix` is a server behind another.
        guard isURL || !text.droppingTrailingSlashes.contains("/") else {
            throw APIError(code: .badAddress, message: "host must be a URL or a host:port pair: \(text)")
        }
        let base = (isURL ? text : "http://" + text).droppingTrailingSlashes
        guard let rest = ["http://", "https://"].firstNonNil({ base.hasPrefix($0) ? base.dropFirst($0.count) : nil }),
            let first = rest.first, first != "/", first != ":",
            !base.contains(where: { $0.isWhitespace || $0 == "?" || $0 == "#" })
        else {
            throw APIError(code: .badAddress, message: "'\(text)' is no address of a server: http://HOST:PORT is")
        }
        self.base = base
        self.version = version
    }

    /// Whether the server is spoken to over TLS.
    public var isSecure: Bool { base.hasPrefix("https://") }

    /// The path all of the API's paths begin with, on the server.
    public var apiPath: String { "/api/\(version)" }
}

extension String {
    fileprivate var droppingTrailingSlashes: String {
        var text = self[...]
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }
}

extension Array {
    fileprivate func firstNonNil<Value>(_ transform: (Element) -> Value?) -> Value? {
        for element in self {
            if let value = transform(element) { return value }
        }
        return nil
    }
}
