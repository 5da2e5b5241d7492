import NIOCore

/// The end of a connection that lives on its event loop: fills the input queue, reads no more than that has room for, and
/// writes in pieces so that progress can be seen.
final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Waiter {
        var limit: Int
        var promise: EventLoopPromise<[DecodedLine]?>
    }

    private var queue: InputQueue
    private var context: ChannelHandlerContext?
    private var waiter: Waiter?
    /// A read was asked for and has not been answered: asking twice would read past the bound.
    private var isReading = false
    /// What arrives is dropped, so that the peer's last bytes do not turn our close into a reset.
    private var isDiscarding = false
    /// The peer has finished sending: reading on would spin.
    private var isInputOver = false
    private var waitingPieces = 0
    /// How many pieces the kernel has taken since the start.
    private(set) var takenPieces = 0

    init(limits: LineLimits, isTrusted: Bool) {
        queue = InputQueue(limits: limits, isTrusted: isTrusted)
    }

    var held: InputQueue.Held { queue.held }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        queue.end(orderly: false)
        answerWaiter()
    }

    func channelActive(context: ChannelHandlerContext) {
        // A read asked for before now was lost.
        isReading = false
        readIfWanted()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        queue.receive(unwrapInboundIn(data))
        answerWaiter()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        readIfWanted()
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputOver = true
            queue.end(orderly: true)
            answerWaiter()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        queue.end(orderly: false)
        answerWaiter()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// The lines that wait, as soon as there is one, at most `limit`; `nil` when none can come, and for a caller while
    /// another one waits.
    func take(_ limit: Int, on loop: any EventLoop) -> EventLoopFuture<[DecodedLine]?> {
        let lines = queue.take(limit)
        if !lines.isEmpty {
            readIfWanted()
            return loop.makeSucceededFuture(lines)
        }
        guard !queue.isExhausted, waiter == nil else { return loop.makeSucceededFuture(nil) }
        let promise = loop.makePromise(of: [DecodedLine]?.self)
        waiter = Waiter(limit: limit, promise: promise)
        readIfWanted()
        return promise.futureResult
    }

    func trust() {
        queue.trust()
        answerWaiter()
        readIfWanted()
    }

    /// Input ends here: what waits is dropped, and what comes, and whoever waits is told.
    func discardInput() {
        isDiscarding = true
        queue.discard()
        answerWaiter()
        readIfWanted()
    }

    /// Hands `bytes` to the kernel after all that was written before. Pending are bytes that found no room there.
    func write(_ bytes: [UInt8], on loop: any EventLoop) -> (written: EventLoopFuture<Void>, isPending: Bool) {
        guard let context else { return (loop.makeFailedFuture(ChannelError.ioOnClosedChannel), false) }
        var rest = ByteBuffer(bytes: bytes)
        var written: EventLoopFuture<Void>
        // An empty write is answered in its turn too: it tells when all before it is written.
        repeat {
            let piece = rest.readSlice(length: min(rest.readableBytes, LineLimits.pieceBytes)) ?? ByteBuffer()
            written = write(piece, context)
        } while rest.readableBytes > 0
        context.flush()
        return (written, waitingPieces > 0)
    }

    private func write(_ piece: ByteBuffer, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        waitingPieces += 1
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.waitingPieces -= 1
            self.takenPieces += 1
        }
        context.write(wrapOutboundOut(piece), promise: promise)
        return promise.futureResult
    }

    private func answerWaiter() {
        guard let waiter else { return }
        let lines = queue.take(waiter.limit)
        guard !lines.isEmpty || queue.isExhausted else { return }
        self.waiter = nil
        waiter.promise.succeed(lines.isEmpty ? nil : lines)
    }

    private func readIfWanted() {
        guard let context, !isReading, !isInputOver, isDiscarding || queue.wantsBytes else { return }
        isReading = true
        context.read()
    }
}
