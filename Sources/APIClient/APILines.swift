import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The lines of an answer that goes on, as they are asked for: a reader that stops reading stops the server, by TCP's own
/// window.
public struct APILines: AsyncSequence {
    let body: HTTPClientResponse.Body
    let limit: Int

    /// Reads the lines, one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var body: HTTPClientResponse.Body.AsyncIterator
        fileprivate let limit: Int
        fileprivate var buffer: [UInt8] = []
        /// Bytes of `buffer` that were given out.
        fileprivate var start = 0
        /// Bytes of `buffer` that hold no line feed that was not given out.
        fileprivate var searched = 0

        /// The next line without its line feed; `nil` when the server ended the answer.
        ///
        /// Throws `tooLarge` and `unreachable`.
        public mutating func next() async throws(APIError) -> [UInt8]? {
            while true {
                if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                    defer { (start, searched) = (end + 1, end + 1) }
                    return Array(buffer[start..<end])
                }
                // Once for all lines of a piece: once for each would cost the square of a piece of short ones.
                buffer.removeFirst(start)
                (start, searched) = (0, buffer.count)
                guard searched <= limit else {
                    throw APIError(code: .tooLarge, message: "a line of the answer has more than \(limit) bytes")
                }
                guard let chunk = try await chunk() else {
                    defer { (buffer, searched) = ([], 0) }
                    return buffer.isEmpty ? nil : buffer
                }
                buffer.append(contentsOf: chunk.readableBytesView)
            }
        }

        private mutating func chunk() async throws(APIError) -> ByteBuffer? {
            do {
                return try await body.next()
            } catch {
                throw APIError(code: .unreachable, message: "the answer was cut: \(error)")
            }
        }
    }

    /// Begins reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(body: body.makeAsyncIterator(), limit: limit)
    }
}

extension APIClient {
    /// The answer to a request line by line. There is no deadline; cancelling the reader ends it.
    ///
    /// Throws `refused`, `unreachable` and `notUnderstood`.
    public func lines(_ request: APIRequest) async throws(APIError) -> APILines {
        let message = message(request.url(on: server), request.method.rawValue)
        let limit = transport.limits.eventLimit
        do {
            let response = try await transport.http.execute(message, deadline: .distantFuture)
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: limit)
                _ = try APIAnswer(httpStatus: Int(response.status.code), bytes: Array(body.readableBytesView))
                throw APIError(code: .notUnderstood, message: "the server answered \(response.status)")
            }
            return APILines(body: response.body, limit: limit)
        } catch {
            throw APIError(error, request: message, limits: transport.limits)
        }
    }

    /// What the server answers at a path below the API's that is no object: `ok`, or why not.
    ///
    /// Throws `unreachable`, `timeout` and `tooLarge`.
    public func text(_ request: APIRequest) async throws(APIError) -> (httpStatus: Int, text: String) {
        let (status, bytes) = try await transport.fetch(message(request.url(on: server), request.method.rawValue))
        return (status, String(decoding: bytes, as: UTF8.self))
    }
}
