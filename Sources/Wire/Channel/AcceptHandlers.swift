import Glibc
import NIOCore

/// Lets a listener rest when accepting fails because descriptors or memory ran out. NIO goes on waiting for connections
/// then, and as the refused one still waits, it would be told of it again and again.
final class AcceptPauser: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// The shortages of accept(2); after any other failure the connection does not wait any more.
    private static let shortages: Set<Int32> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private let onFailure: @Sendable () -> Void
    private var isPaused = false

    init(onFailure: @Sendable @escaping () -> Void) {
        self.onFailure = onFailure
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isShortage = (error as? IOError).map { Self.shortages.contains($0.errnoCode) } ?? false
        guard isShortage else { return context.fireErrorCaught(error) }
        onFailure()
        guard !isPaused else { return }
        isPaused = true
        accept(false, context)
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(LineLimits.acceptPause)) {
            self.isPaused = false
            self.accept(true, context)
        }
    }

    /// Switching off `autoRead` takes the listener out of the set the loop waits for.
    private func accept(_ isOn: Bool, _ context: ChannelHandlerContext) {
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: isOn)
        } catch {
            // The listener is closed: it accepts nothing either way.
        }
    }
}

/// Tells a peer that there are too many connections, in one line, and closes.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: Reply

    init(_ reply: Reply) {
        self.reply = reply
    }

    func channelActive(context: ChannelHandlerContext) {
        var line: [UInt8] = []
        reply.writeLine(into: &line)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: line))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}
