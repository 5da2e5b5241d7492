import NIOCore

/// What has arrived on a connection and was not taken yet: bytes, and the lines cut from them, in bounds. Lines are cut
/// only while there is room for them; the rest stays bytes. Of a stranger a line is cut only when it is asked for: his
/// first may show who he is, and then the next is judged by other bounds.
struct InputQueue {
    /// What is in memory.
    struct Held: Sendable, Equatable {
        var lines = 0
        /// Bytes of whole lines, of the line that has not ended, and of what was not looked at yet.
        var bytes = 0
    }

    private let limits: LineLimits
    private var decoder: LineDecoder
    private var isTrusted: Bool
    private var unread = ByteBuffer()
    private var lines = CircularBuffer<DecodedLine>()
    private var lineBytes = 0
    /// Nothing more arrives.
    private var hasEnded = false
    /// The last line, which no `\n` ends, is yet to be looked for.
    private var owesLastLine = false

    init(limits: LineLimits, isTrusted: Bool) {
        self.limits = limits
        self.isTrusted = isTrusted
        decoder = LineDecoder(maxLineBytes: isTrusted ? limits.maxLineBytes : limits.maxUntrustedLineBytes)
    }

    var held: Held {
        Held(lines: lines.count, bytes: lineBytes + decoder.partialBytes + unread.readableBytes)
    }

    /// Whether the peer may send more.
    var wantsBytes: Bool { !hasEnded && hasRoom && unread.readableBytes == 0 }

    /// Whether nothing is left and nothing comes.
    var isExhausted: Bool { hasEnded && !owesLastLine && lines.isEmpty && unread.readableBytes == 0 }

    private var hasRoom: Bool {
        isTrusted ? lines.count < limits.maxWaitingLines && lineBytes < limits.maxWaitingBytes : lines.isEmpty
    }

    mutating func receive(_ bytes: ByteBuffer) {
        guard !hasEnded else { return }
        if unread.readableBytes == 0 {
            unread = bytes
        } else {
            unread.writeImmutableBuffer(bytes)
        }
        if isTrusted { cut() }
    }

    /// The peer has finished sending. After an orderly end a last line without `\n` counts, after a reset it does not.
    mutating func end(orderly: Bool) {
        guard !hasEnded else { return }
        hasEnded = true
        owesLastLine = orderly
        if isTrusted { cut() }
    }

    /// The lines that wait, at most `limit`; empty when none does.
    mutating func take(_ limit: Int) -> [DecodedLine] {
        cut()
        let taken = Array(lines.prefix(limit))
        lines.removeFirst(taken.count)
        lineBytes -= taken.reduce(0) { $0 + $1.byteCount }
        if isTrusted { cut() }
        return taken
    }

    /// From here on the bounds of a trusted peer hold.
    mutating func trust() {
        isTrusted = true
        decoder.maxLineBytes = limits.maxLineBytes
        cut()
    }

    /// Drops what waits and whatever comes.
    mutating func discard() {
        hasEnded = true
        owesLastLine = false
        unread = ByteBuffer()
        lines = CircularBuffer()
        lineBytes = 0
        decoder = LineDecoder(maxLineBytes: 0)
    }

    private mutating func cut() {
        let bytes = unread
        var offset = 0
        while hasRoom, let line = decoder.next(in: bytes.readableBytesUInt8Span, from: &offset) {
            append(line)
        }
        unread.moveReaderIndex(forwardBy: offset)
        guard unread.readableBytes == 0 else { return }
        // A chunk may be as large as `LineLimits.readBytes`, however little was in it.
        unread = ByteBuffer()
        if owesLastLine, hasRoom {
            owesLastLine = false
            if let line = decoder.finish() { append(line) }
        }
    }

    private mutating func append(_ line: DecodedLine) {
        lines.append(line)
        lineBytes += line.byteCount
    }
}
