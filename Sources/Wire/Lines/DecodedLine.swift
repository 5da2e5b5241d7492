/// What a connection's bytes turn into, one value for each line that is not empty.
public enum DecodedLine: Sendable, Equatable {
    /// A whole line of UTF-8, without its `\n` and a `\r` before it. `number` counts the connection's lines from 1, empty
    /// ones too.
    case line(number: Int, bytes: [UInt8])
    /// A line nobody can use: too long, or not UTF-8. The fault carries the line's number; the connection lives on.
    case fault(WireFault)
    /// The connection's first line is an HTTP request: answer with `HTTPRefusal` and close. Nothing follows it.
    case http
}

extension DecodedLine {
    /// Bytes of payload held in memory for this line.
    var byteCount: Int {
        switch self {
        case .line(_, let bytes): bytes.count
        case .fault, .http: 0
        }
    }
}
