import Glibc

/// Splits a byte stream into lines (PROTOCOL "Framing and limits"). A pure value: it is given slices of any size, and the
/// lines it yields do not depend on where the slices were cut.
///
/// It holds at most `maxLineBytes` of a line that has not ended; of a line that is longer it holds nothing.
public struct LineDecoder: Sendable {
    /// 4 MiB: holds a `set` of some ten thousand services, and is what one peer can make the agent hold of one line.
    public static let defaultMaxLineBytes = 4 * 1024 * 1024

    private enum State {
        case reading
        /// Inside a line that was too long: its fault is out, its end is awaited.
        case skipping
        /// After an HTTP request: nothing that follows means anything here.
        case ignoring
    }

    /// The longest line accepted, in bytes before its `\n`, a `\r` included. May be changed at any time; it is compared as
    /// bytes arrive.
    public var maxLineBytes: Int
    private var state = State.reading
    private var number = 1
    private var isFirst = true
    private var partial: [UInt8] = []

    /// A decoder at the start of a connection.
    public init(maxLineBytes: Int = LineDecoder.defaultMaxLineBytes) {
        self.maxLineBytes = maxLineBytes
    }

    /// Bytes held of the line that has not ended, 0…`maxLineBytes`.
    public var partialBytes: Int { partial.count }
    /// Bytes reserved for it.
    var reservedBytes: Int { partial.capacity }

    /// The next line that ends in `bytes` at or after `offset`, or `nil` when all of `bytes` is taken in.
    ///
    /// `offset` moves past what was taken in. So a caller who has room for one more line asks once more, and one who has
    /// none keeps `bytes` and comes back.
    public mutating func next(in bytes: Span<UInt8>, from offset: inout Int) -> DecodedLine? {
        while offset < bytes.count {
            let end = Self.newline(in: bytes, from: offset)
            var decoded = take(bytes.extracting(offset..<(end ?? bytes.count)))
            offset = end.map { $0 + 1 } ?? bytes.count
            if end != nil {
                decoded = endLine() ?? decoded
            }
            if let decoded { return decoded }
        }
        return nil
    }

    /// The line that the end of the stream ended, if it has any bytes: `printf '{"op":"ping"}' | nc` sends no `\n`. Call it
    /// at an orderly end only. A line that was cut short cannot pass for a whole one, because an object ends in `}`.
    public mutating func finish() -> DecodedLine? {
        let decoded = endLine()
        state = .ignoring
        return decoded
    }

    private mutating func take(_ piece: Span<UInt8>) -> DecodedLine? {
        guard state == .reading, !piece.isEmpty else { return nil }
        guard piece.count <= maxLineBytes - partial.count else {
            partial = []
            state = .skipping
            isFirst = false
            return .fault(
                WireFault(
                    .tooLarge, "line \(number) is longer than \(maxLineBytes) bytes; it was skipped", line: number))
        }
        append(piece)
        return nil
    }

    private mutating func append(_ piece: Span<UInt8>) {
        let needed = partial.count + piece.count
        if needed > partial.capacity {
            // An array left alone doubles, and so would hold up to twice the bound.
            partial.reserveCapacity(min(maxLineBytes, max(needed, 2 * partial.capacity)))
        }
        // The pointer lives for the copy only.
        piece.withUnsafeBufferPointer { partial.append(contentsOf: $0) }
    }

    private mutating func endLine() -> DecodedLine? {
        defer { number += 1 }
        switch state {
        case .ignoring: return nil
        case .skipping:
            state = .reading
            return nil
        case .reading: break
        }
        var bytes: [UInt8] = []
        swap(&bytes, &partial)
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        if bytes.isEmpty { return nil }
        defer { isFirst = false }
        if isFirst && HTTPRefusal.answers(bytes) {
            state = .ignoring
            return .http
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            return .fault(WireFault(.badRequest, "line \(number) is not UTF-8: \(error)", line: number))
        }
        return .line(number: number, bytes: bytes)
    }

    /// The index of the first `\n` at or after `offset`. `memchr`, because a line may be 4 MiB long.
    private static func newline(in bytes: Span<UInt8>, from offset: Int) -> Int? {
        bytes.withUnsafeBufferPointer { buffer -> Int? in
            // The pointer lives for the search only, and what `memchr` finds lies inside the buffer.
            guard let start = buffer.baseAddress,
                let found = memchr(start + offset, Int32(UInt8(ascii: "\n")), buffer.count - offset)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(start)
        }
    }
}
