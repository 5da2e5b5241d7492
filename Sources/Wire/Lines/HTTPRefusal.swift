/// The answer for somebody who speaks HTTP to a port of JSON lines (PROTOCOL "Framing and limits").
public enum HTTPRefusal {
    /// The methods of RFC 9110 §9, RFC 5789, and `PRI`, with which an HTTP/2 client opens.
    private static let methods = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI",
    ]

    /// Whether `line` starts with an HTTP method and a space.
    static func answers(_ line: [UInt8]) -> Bool {
        methods.contains { line.starts(with: "\($0) ".utf8) }
    }

    /// A whole HTTP/1.1 response of status 400 whose body is one line: what this port speaks, and `elsewhere`, which says in
    /// a sentence where HTTP is spoken. Send it with `LineConnection.sendText` and close.
    public static func response(elsewhere: String) -> String {
        let body = "This port speaks the Minion protocol: one JSON object per line, not HTTP. \(elsewhere)\n"
        let head = [
            "HTTP/1.1 400 Bad Request", "Content-Type: text/plain; charset=utf-8", "Content-Length: \(body.utf8.count)",
            "Connection: close",
        ]
        return head.joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}
